"""A job that fails is logged, and holds up no other."""

import logging

from feeder.engine import Do
from feeder.errors import FeederError, Superseded
from feeder.model.jobs import Job

log = logging.getLogger(__name__)


def guarded(do: Do) -> Do:
    """Return what does a job and logs what that raises: in one line what a person can mend."""

    def run(job: Job) -> None:
        try:
            do(job)
        except Superseded as error:  # nothing is wrong: another has done it
            log.info("job superseded", extra={"job": job.name, "reason": str(error)})
        except FeederError as error:
            log.error("job failed", extra={"job": job.name, "reason": str(error)})  # noqa: TRY400 - it says all
        except Exception:
            log.exception("job failed", extra={"job": job.name})

    return run
