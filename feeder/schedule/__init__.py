"""When: `plan` turns settings into jobs, `clock` lets APScheduler run them."""
