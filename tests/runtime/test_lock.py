"""One supervisor per data folder, and nothing of an earlier one beside it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from app.places import InstallationError
from app.runtime import lock
from app.runtime.lock import DataFolderLock, Roll

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def test_the_lock_is_held_by_one_and_freed_by_its_end(tmp_path: Path) -> None:
    first, second = DataFolderLock(tmp_path), DataFolderLock(tmp_path)
    first.take()
    with pytest.raises(InstallationError, match=f"already runs on the data folder {tmp_path} \\(process \\d+\\)"):
        second.take()
    first.release()
    second.take()
    second.release()


def started(program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", program], process_group=0, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_leftover_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE_S", 0.5)
    roll, left = Roll(tmp_path), started(STUBBORN)
    roll.write({"tasks": left.pid})
    assert roll.clear_leftovers() == ["tasks"]
    assert left.wait(5) == -signal.SIGKILL
    assert roll.clear_leftovers() == [], "the roll is gone"


def test_a_process_that_only_got_the_same_number_is_left_alone(tmp_path: Path) -> None:
    somebody_else = started("import time; print('up', flush=True); time.sleep(60)")
    earlier = psutil.Process(somebody_else.pid).create_time() - 60
    (tmp_path / "children.json").write_text(json.dumps({"tasks": [somebody_else.pid, earlier]}))
    assert Roll(tmp_path).clear_leftovers() == []
    time.sleep(0.1)
    assert somebody_else.poll() is None
    somebody_else.kill()
    somebody_else.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}'])
def test_a_damaged_roll_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "children.json").write_text(text)
    assert Roll(tmp_path).clear_leftovers() == []
