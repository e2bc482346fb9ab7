"""The seed's backend, built small: FastAPI takes the work, Celery hands it on through Redis, Redis tells the API of progress.

One file for both programs: `uvicorn stack:api` and `celery --app stack worker`. A job is a hash in Redis; the queue is Celery's own.
"""

import asyncio
import hashlib
import json
import os
import socket
import time
import uuid
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import redis
import redis.asyncio
from celery import Celery
from fastapi import Depends, FastAPI, Header, HTTPException, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

REDIS = os.environ["REDIS_URL"]
TOKEN = hashlib.sha256(os.environ["TOKEN"].encode()).digest()
# The seed's queues are by tier. The worker takes one of them, so what is sent to the other waits, as behind a busy card.
QUEUES = {"low": "gpu_12gb_queue", "standard": "gpu_16gb_queue", "high": "gpu_24gb_queue"}

celery = Celery("studio", broker=REDIS, backend=REDIS)
celery.conf.update(
    # "Tasks are not lost": a task is acknowledged when it is done, and only what is being done is taken.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Less is more latency for nothing.
    broker_connection_retry_on_startup=True,
)


# --- the worker

told = None
board = None


def tell(line: str) -> None:
    """To the bench, beside the stack: when this worker had the job in hand."""
    global told
    if told is None:
        told = socket.create_connection(("127.0.0.1", int(os.environ["STAMPS"])))
        told.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    told.sendall(line.encode())


@celery.task(name="generate", bind=True)
def generate(self, project: str, node: str, prompt: str, tier: str, seed: int) -> str:
    global board
    tell(f"{self.request.id} {time.time() * 1000}\n")
    words = prompt.split()
    if words[:1] == ["progress"]:
        board = board or redis.Redis.from_url(REDIS)
        count, every = int(words[1]), float(words[2])
        for n in range(1, count + 1):
            stage = f"Sampling {n} of {count} at {time.time() * 1000}"
            progress = {"stage": stage, "progress": n / count}
            event = {"type": "progress", "job_id": self.request.id, "progress": progress}
            board.publish(f"project:{project}", json.dumps(event))
            time.sleep(every / 1000)
    return "03_Renders/take.png"


# --- the API


class SubmitJob(BaseModel):
    model_config = ConfigDict(extra="forbid")
    node_id: str = Field(max_length=64)
    prompt: str = Field(max_length=32_000)
    takes: int = Field(default=1, ge=1, le=16)
    tier: Literal["low", "standard", "high"] = "standard"
    seed: int = Field(default=0, ge=0)


class Job(BaseModel):
    id: str
    project_id: str
    node_id: str
    tier: str
    seed: int
    state: str
    created_at: float


class Submitted(BaseModel):
    jobs: list[Job]


screens: dict[str, set[WebSocket]] = {}
store = redis.asyncio.Redis.from_url(REDIS)


async def relay() -> None:
    """What workers publish goes to every screen of the project."""
    channel = store.pubsub()
    await channel.psubscribe("project:*")
    async for message in channel.listen():
        if message["type"] != "pmessage":
            continue
        project = message["channel"].decode().partition(":")[2]
        text = message["data"].decode()
        for screen in list(screens.get(project, ())):
            try:
                await screen.send_text(text)
            except (RuntimeError, WebSocketDisconnect):
                screens[project].discard(screen)


@asynccontextmanager
async def lifespan(_: FastAPI):
    relaying = asyncio.create_task(relay())
    yield
    relaying.cancel()


api = FastAPI(lifespan=lifespan)


def allowed(authorization: str | None) -> bool:
    given = (authorization or "").removeprefix("Bearer ").encode()
    return hashlib.sha256(given).digest() == TOKEN


async def signed_in(authorization: Annotated[str | None, Header()] = None) -> None:
    if not allowed(authorization):
        raise HTTPException(401, "Sign in.")


async def keep(project: str, body: SubmitJob) -> list[Job]:
    jobs = [
        Job(
            id=str(uuid.uuid4()),
            project_id=project,
            node_id=body.node_id,
            tier=body.tier,
            seed=body.seed + n,
            state="queued",
            created_at=time.time(),
        )
        for n in range(body.takes)
    ]
    async with store.pipeline(transaction=True) as together:
        for job in jobs:
            together.hset(f"job:{job.id}", mapping=job.model_dump() | {"prompt": body.prompt})
            together.zadd(f"jobs:{project}", {job.id: job.created_at})
        await together.execute()
    return jobs


def queue(body: SubmitJob, jobs: list[Job]) -> None:
    for job in jobs:
        generate.apply_async(
            (job.project_id, job.node_id, body.prompt, job.tier, job.seed),
            task_id=job.id,
            queue=QUEUES[job.tier],
        )


@api.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@api.post("/api/projects/{project}/jobs", status_code=202, dependencies=[Depends(signed_in)])
async def submit(project: str, body: SubmitJob) -> Submitted:
    jobs = await keep(project, body)
    # Celery's client waits for the broker: in a thread, so that others are answered meanwhile.
    if os.environ.get("IN_THREAD") == "1":
        await asyncio.to_thread(queue, body, jobs)
    else:
        queue(body, jobs)
    return Submitted(jobs=jobs)


@api.websocket("/api/events")
async def events(screen: WebSocket, project: str) -> None:
    if not allowed(screen.headers.get("authorization")):
        await screen.close(4401)
        return
    await screen.accept()
    screens.setdefault(project, set()).add(screen)
    await screen.send_text('{"type":"state"}')
    try:
        while True:
            await screen.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        screens[project].discard(screen)
