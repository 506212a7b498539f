"""The Node verifier refuses what the Python one refuses. Needs Node."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.examples import EXAMPLES, with_node
from tests.unit.examples.stub_user_service import (
    AUDIENCE,
    FEED_TOKEN,
    SECRET,
    Signer,
    Stub,
    forged,
    serving,
    signed,
)

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import { verifierFromEnvironment } from './verifier.js'
const { environment, tokens } = JSON.parse(process.argv[1])
const verifier = verifierFromEnvironment(environment)
await verifier.start()
verifier.stop()
for (const token of tokens) {
  console.log(await verifier.verify(token).then(() => 'good', (error) => error.constructor.name))
}
"""


LATER = """
import { verifierFromEnvironment } from './verifier.js'
const { environment, token, seconds } = JSON.parse(process.argv[1])
const verifier = verifierFromEnvironment(environment)
const now = Date.now // jose's clock for keys; it takes that of tokens from `new Date()`
for (const later of seconds) {
  Date.now = () => now() + later * 1000
  console.log(await verifier.verify(token).then(() => 'good', (error) => error.constructor.name))
}
"""


class WithdrawsAKey(Stub):
    """Once the keys were fetched, the first of them is withdrawn."""

    def answer(self, path: str, headers: Any) -> tuple[int, dict[str, Any], str]:  # noqa: ANN401 - an e-mail message
        answer = super().answer(path, headers)
        self.keys = self.keys[1:] or self.keys
        return answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    with_node(folder)
    return folder


def verdicts(folder: Path, environment: dict[str, str], tokens: list[str]) -> list[str]:
    return output(folder, PROGRAM, environment=environment, tokens=tokens)


def output(folder: Path, program: str, **asked: object) -> list[str]:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", program, json.dumps(asked)],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.heavy
def test_with_a_shared_secret(folder: Path) -> None:
    now = int(time.time())
    ended, cut_off = "e" * 32, "8"
    without: list[dict[str, Any]] = [{name: None} for name in ("iss", "sub", "exp", "iat", "jti", "sid")]
    good = [signed(SECRET), signed(SECRET, header={"typ": "application/at+jwt"}), signed(SECRET, sub="8", iat=now)]
    bad = [
        "", "a.b.c", signed(SECRET)[:-3], signed("another secret that nobody shares with us"),
        *(forged({"alg": alg, "typ": "at+jwt"}, signed(SECRET), None) for alg in ("none", "NONE", "", 7)),
        *(forged({"alg": "HS256", "typ": typ}, signed(SECRET), SECRET.encode()) for typ in ("JWT", None, 7)),
        *(signed(SECRET, header={name: "x"}) for name in ("jku", "x5u")),
        *(signed(SECRET, **claims) for claims in without),
        signed(SECRET, iss="somebody-else"), signed(SECRET, aud=AUDIENCE), signed(SECRET, exp=now - 30),
        signed(SECRET, nbf=now + 30), signed(SECRET, sid=7),
        signed(SECRET, sid=ended), signed(SECRET, sub=cut_off, iat=now - 2),
    ]  # fmt: skip
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.900000Z", time.gmtime(now - 1))
    with serving(Stub(sessions=["a" * 32, ended, "b" * 32], users={cut_off: moment}, page=1)) as stub:
        environment = {"USER_SERVICE_URL": stub.url, "SECRET_KEY": SECRET, "REVOCATION_FEED_TOKEN": FEED_TOKEN}
        assert verdicts(folder, environment, good + bad) == ["good"] * len(good) + ["TokenRefused"] * len(bad)
        stub.broken = True
        assert verdicts(folder, environment, good[:1]) == ["VerifierStale"]
        assert verdicts(folder, environment | {"FEED_WHEN_STALE": "accept"}, good[:1]) == ["good"]


@pytest.mark.heavy
def test_with_public_keys(folder: Path) -> None:
    signers = [Signer.generate(algorithm, algorithm) for algorithm in ("ES256", "RS256", "EdDSA")]
    stranger = Signer.generate("ES256", "ES256")
    good = [signer.sign() for signer in signers]
    bad = [
        stranger.sign(), Signer.generate("ES256", "unknown").sign(), signers[0].sign(aud="another-shop"),
        signers[0].sign(aud=None), signers[0].sign(client_id=None),
        signed(stranger.key, "ES256", {"kid": "ES256", "jwk": stranger.jwk}, aud=AUDIENCE, client_id="x"),
        *(signed(a.key, a.algorithm, {"kid": b.kid}, aud=AUDIENCE) for a in signers for b in signers if a != b),
        *(
            forged({"alg": "HS256", "typ": "at+jwt", "kid": signer.kid}, signer.sign(), json.dumps(signer.jwk).encode())
            for signer in signers
        ),
    ]  # fmt: skip
    with serving(Stub(keys=[signer.jwk for signer in signers])) as stub:
        environment = {"USER_SERVICE_URL": stub.url, "AUDIENCE": AUDIENCE}
        assert verdicts(folder, environment, good + bad) == ["good"] * len(good) + ["TokenRefused"] * len(bad)
        assert stub.asked.count("/user/.well-known/jwks.json") == 1
        stub.broken = True
        assert verdicts(folder, environment, good[:1]) == ["VerifierStale"]


@pytest.mark.heavy
def test_a_key_that_was_withdrawn_is_refused_after_five_minutes(folder: Path) -> None:
    withdrawn, kept = Signer.generate("ES256", "withdrawn"), Signer.generate("ES256", "kept")
    with serving(WithdrawsAKey(keys=[withdrawn.jwk, kept.jwk])) as stub:
        environment = {"USER_SERVICE_URL": stub.url, "AUDIENCE": AUDIENCE}
        said = output(folder, LATER, environment=environment, token=withdrawn.sign(), seconds=[0, 240, 301])
        assert said == ["good", "good", "TokenRefused"]
        assert stub.asked == ["/user/.well-known/jwks.json"] * 2


def test_the_lock_file_names_no_place() -> None:
    """Names, versions and hashes only: where packages come from is for each machine to say."""
    lock = (EXAMPLES / "node" / "package-lock.json").read_text(encoding="utf-8")
    packages: dict[str, Any] = json.loads(lock)["packages"]
    locked = [package for name, package in packages.items() if name]
    assert locked
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in locked)
    assert re.findall(r"https?://[^\"]*(?:registry|npm)[^\"]*", lock) == []
