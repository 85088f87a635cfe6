"""Found by every Python of a measured daemon, by PYTHONPATH: gives its threads their names, and profiles where asked.

The kernel knows the threads of Python 3.11 all as "python"; here each writes its own name for /proc, once. With
INTAKE_BENCH_PROFILE naming a directory every thread has a profile of its own, and SIGUSR1 writes them all there: for
workers are killed, and the daemon's threads never end. Nothing else of the daemon is changed.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

PROFILES = os.environ.get("INTAKE_BENCH_PROFILE", "")
begin_thread: Any = vars(threading.Thread)["_bootstrap_inner"]
"""What a thread does first; `run` is what subclasses say themselves."""
profiles: dict[str, Any] = {}
part = "worker" if "intake.worker" in " ".join(sys.orig_argv) else "daemon"


def named(thread: threading.Thread) -> None:
    Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(thread.name[:15])
    if PROFILES:
        begin(thread.name)
    begin_thread(thread)


def begin(name: str) -> None:
    import cProfile
    import time

    profiles[name] = cProfile.Profile(time.thread_time)  # work, not waiting
    profiles[name].enable()


def write(*_: object) -> None:
    import marshal

    for name, profile in list(profiles.items()):
        profile.snapshot_stats()  # not create_stats, which would end the profile of another thread
        file = Path(PROFILES) / f"{part}-{os.getpid()}-{name.replace('/', '-')}.pstats"
        file.write_bytes(marshal.dumps(profile.stats))


thread_class: Any = threading.Thread
thread_class._bootstrap_inner = named
# Not of what the daemon only asks for a word, as `ldconfig`: that of its own interpreter.
if PROFILES and sys.platform == "linux":
    import signal

    signal.signal(signal.SIGUSR1, write)
    begin("main")
