"""One message: composed here, handed over by a transport."""
