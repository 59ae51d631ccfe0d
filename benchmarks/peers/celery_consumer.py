"""Celery: one process, acknowledging late, a quorum queue. `fill` publishes COUNT tasks, `work` handles them."""

import os
import sys

from celery import Celery
from clock import handled

app = Celery("peer", broker=os.environ["AMQP_URL"])
app.conf.update(
    task_acks_late=True,
    task_default_queue=os.environ["QUEUE"],
    task_default_queue_type="quorum",
    task_ignore_result=True,
    worker_concurrency=1,
    worker_prefetch_multiplier=200,
    worker_hijack_root_logger=False,
)


@app.task(name="handle")
def handle(command: dict) -> None:  # noqa: ARG001
    """It is a dict by then."""
    handled()


if sys.argv[1] == "fill":
    import json

    body = json.loads(sys.stdin.read())
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(int(os.environ["COUNT"])):
            handle.apply_async((body,), producer=producer)
else:
    app.worker_main(
        ["worker", "--pool=prefork", "--loglevel=ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )
