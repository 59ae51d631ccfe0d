"""A private SeaweedFS: an S3 server (https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API) with one bucket."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import sysconfig
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from zavhoz_devstack.launch import plain_environment
from zavhoz_devstack.ports import LOOPBACK, free_port
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder

BUCKET = "zavhoz"
REGION = "us-east-1"


def program() -> str | None:
    """`weed`, from beside the interpreter (where the package index puts it) or the path; None when there is none."""
    return shutil.which("weed", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))


class SeaweedFS(Server):
    """One SeaweedFS with master, volume, filer and S3 in one process, and one user with a random secret."""

    name = "seaweedfs"
    stop_signal = signal.SIGKILL
    """Asked politely it takes 15 s; what it has confirmed survives this as well."""

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state)
        parts = ("master", "volume", "filer", "s3")
        self._ports = {part: free_port() for name in parts for part in (name, f"{name}.grpc")}
        self._access_key_id = secrets.token_hex(10)
        self._secret_access_key = secrets.token_urlsafe(30)

    @property
    def url(self) -> str:
        """The endpoint, `http://…`, without the keys."""
        return f"http://{LOOPBACK}:{self._ports['s3']}"

    def settings(self, prefix: str = "files") -> dict[str, str]:
        """What the files service is told to keep files here, under `prefix` of the bucket."""
        return {
            "STORAGE_URL": f"s3://{BUCKET}/{prefix}",
            "S3_ENDPOINT": self.url,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY_ID": self._access_key_id,
            "S3_SECRET_ACCESS_KEY": self._secret_access_key,
        }

    def bucket(self, prefix: str = "") -> S3Store:
        """The bucket itself, for whoever looks at it from outside the services. It does not retry."""
        return S3Store(
            BUCKET,
            prefix=prefix or None,
            endpoint=self.url,
            region=REGION,
            access_key_id=self._access_key_id,
            secret_access_key=self._secret_access_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": "2s"},
            retry_config={"max_retries": 0},
        )

    def stored(self, key: str, prefix: str = "files") -> bytes | None:
        """What is stored under a key, None when there is nothing."""
        try:
            return bytes(obstore.get(self.bucket(prefix), key).bytes())
        except FileNotFoundError:
            return None

    def prepare(self) -> None:
        """Write down the one user; the secret stands there and not among the arguments, which all can read."""
        user = {
            "name": "zavhoz",
            "credentials": [{"accessKey": self._access_key_id, "secretKey": self._secret_access_key}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        configuration = self._folder / "s3.json"
        configuration.touch(mode=0o600)
        configuration.write_text(json.dumps({"identities": [user]}))

    def command(self) -> Sequence[str]:
        """`weed server` in the foreground, on the loopback address only."""
        options: dict[str, object] = {
            "dir": self._folder,
            "ip": LOOPBACK,
            "ip.bind": LOOPBACK,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 64,
            "master.electionTimeout": "1s",
            "volume.max": 100,
            "volume.minFreeSpace": 0,
            "volume.preStopSeconds": 0,
            "s3": "true",
            "s3.config": self._folder / "s3.json",
            "s3.iam": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
        }
        for part, port in self._ports.items():
            name, _, kind = part.partition(".")
            options[f"{name}.port.{kind}" if kind else f"{name}.port"] = port
        for part in ("filer", "s3"):
            options[f"{part}.localSocket"] = self._folder / f"{part}.sock"
        arguments = [f"-{option}={value}" for option, value in options.items()]
        return [program() or "weed", "-logtostderr=true", "server", *arguments]

    def environment(self) -> Mapping[str, str]:
        """Nothing beyond the plain environment."""
        return plain_environment()

    def ready(self) -> bool:
        """Takes and gives up an object; the bucket is made when it is missing."""
        bucket = self.bucket()
        try:
            with contextlib.suppress(urllib.error.HTTPError):
                self._make_bucket(bucket)
            obstore.put(bucket, "ready", b"?")
            obstore.delete(bucket, "ready")
        except (BaseError, OSError):
            return False
        return True

    def _make_bucket(self, bucket: S3Store) -> None:
        """CreateBucket (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html); 409: it is there."""
        signed = obstore.sign(bucket, "PUT", "", timedelta(minutes=1))
        request = urllib.request.Request(signed, method="PUT")  # noqa: S310
        with urllib.request.urlopen(request, timeout=2):  # noqa: S310  # nosec B310: our own address
            pass

    def _end(self, *, gently: bool) -> None:
        super()._end(gently=gently)
        for part, port in self._ports.items():  # these it leaves, and they lie where no option reaches
            Path(f"/tmp/seaweedfs-{part.replace('.', '-')}-{port}.sock").unlink(missing_ok=True)  # noqa: S108  # nosec B108

    @property
    def _folder(self) -> Path:
        return self.state.folder(self.name)
