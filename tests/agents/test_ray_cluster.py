"""Many clips on a real Ray cluster of two nodes, of which one is killed."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affectgraph.agents.batch.ledger import Ledger
from affectgraph.agents.batch.run import BatchRun
from affectgraph.agents.batch.sources import find_clips
from affectgraph.agents.batch.tasks import WorkerSettings

pytestmark = pytest.mark.slow

pytest.importorskip("ray", reason="Ray is not installed: affectgraph[ray]")

SENSE = """
import os, signal, time
from pathlib import Path
from affectgraph.agents import Evidence, Provenance, perception_tool

@perception_tool(modality="gesture", prefix="G")
def gesture(clip, span):
    import ray
    node = ray.get_runtime_context().get_node_id()
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(f"{clip.text} {node} {os.getpid()}\\n")
    if "deadly" in clip.text:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.5)
    return [Evidence(span=span, observation="Hands rest.", quality=0.5,
                     provenance=Provenance(model="test"))]
"""
RECIPE = WorkerSettings(llm=None, tools=("cluster_sense:gesture",))


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "cluster_sense.py").write_text(SENSE)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_health_check_failure_threshold", "3")
    monkeypatch.syspath_prepend(tmp_path)
    import ray
    from ray.cluster_utils import RayCluster

    node = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 << 20}
    made = RayCluster(initialize_head=True, head_node_args=node)
    made.second = made.add_node(**node)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.mark.enable_socket
def test_a_run_survives_the_death_of_a_node_and_of_a_worker(
    cluster: Any, tmp_path: Path
) -> None:
    from affectgraph.agents.batch.ray_cluster import RayCluster

    words = [f"clip {number}" for number in range(12)]
    words.insert(6, "deadly")
    manifest = tmp_path / "clips.csv"
    manifest.write_text("\n".join(["text", *words]) + "\n")
    into = tmp_path / "results.jsonl"
    work, ledger = RayCluster(RECIPE, cluster.address, None), Ledger(into)
    assert work.workers == 2
    killed = []

    def kill() -> None:
        second = cluster.second.node_id
        while not killed:
            calls = tmp_path / "calls"
            if calls.exists() and second in calls.read_text():
                time.sleep(0.2)
                cluster.remove_node(cluster.second, allow_graceful=False)
                killed.append(second)
            time.sleep(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    told = list(BatchRun(find_clips([manifest]), RECIPE, work, ledger).lines())
    killer.join()
    work.close()
    ledger.close()
    assert len(killed) == 1
    assert sorted(line.source for line in told) == sorted(
        f"{manifest}:{row}" for row in range(2, 15)
    )
    failed = {line.source: line.error for line in told if line.error}
    assert list(failed) == [f"{manifest}:8"] and "twice" in failed[f"{manifest}:8"]
    assert len(into.read_text().splitlines()) == 13
    asked = [
        line.split()[:-2] for line in (tmp_path / "calls").read_text().splitlines()
    ]
    assert len(asked) <= 13 + 2, "only what was lost is done again"
