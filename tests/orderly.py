"""A stop of outriggerd as a service manager asks for it, which has to end in order.

A stop has a limit of time (decision 0013): the process then ends with success, whatever was left, and only its log says
so. Without a look there, a stop that always waits for its limit would pass every test. Both harnesses, tests/api and
tests/vm, stop their daemons with this.
"""

import os
import signal

CUT_SHORT = "not everything in flight ended within"  # src/daemon/stop_limit.cc


class StopError(AssertionError):
    """The stop did not go as the test expects it to."""


def stop(process, log_path, timeout, is_cut_short=False):
    """Ends the daemon `process`, which writes to `log_path`; gives its status. With `is_cut_short` the stop is
    expected to come to its limit (a volume with requests in flight does not answer), otherwise not to."""
    begin = os.path.getsize(log_path)
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout)
    with open(log_path, "rb") as log:
        log.seek(begin)
        said = log.read().decode(errors="replace")
    if (CUT_SHORT in said) != is_cut_short:
        wrong = "ended before its limit" if is_cut_short else "came to its limit: something held it up"
        raise StopError(f"the stop of outriggerd {wrong} (decision 0013):\n{said[-4000:]}")
    return status
