# SPDX-License-Identifier: Apache-2.0
"""The switches of the pool and their values."""

from dataclasses import asdict, dataclass, fields

from .model import ConfigError

CHOICES = {
    "login": ("managed", "classic"),
    "discovery": ("current", "pre_2024", "no_domain"),
    "issuer": ("original", "updated"),
    "scope_error": ("observed", "documented"),
    "m2m_unassigned_scope": ("ignore", "error"),
    "invalid_client_status": (400, 401),
}


@dataclass
class Settings:
    """All times are seconds. Real pools set most of these by client."""

    login: str = "managed"
    discovery: str = "current"
    issuer: str = "original"
    auto_login: str | None = None
    access_token_validity: int = 3600
    id_token_validity: int = 3600
    refresh_token_validity: int = 30 * 86400
    code_validity: int = 300
    login_validity: int = 300
    auth_session_validity: int = 180
    session_validity: int = 3600
    rotation: bool = False
    retry_grace_period_seconds: int = 0
    scope_error: str = "observed"
    error_state: bool = True
    invalid_client_status: int = 400
    m2m_unassigned_scope: str = "ignore"
    nonce_after_refresh: bool = False
    clock_offset: float = 0

    def change(self, wanted: dict) -> None:
        """All or nothing; raises ConfigError."""
        known = {item.name: item.type for item in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ConfigError(f"no setting {name}")
            self._check(name, value)
        for name, value in wanted.items():
            setattr(self, name, value)

    def _check(self, name: str, value) -> None:
        if name in CHOICES:
            if value not in CHOICES[name]:
                words = " ".join(str(word) for word in CHOICES[name])
                raise ConfigError(f'"{name}" must be one of {words}')
            return
        was = getattr(type(self), name)
        right = (str, type(None)) if was is None else \
            bool if isinstance(was, bool) else (int, float)
        if not isinstance(value, right) or \
                isinstance(value, bool) != isinstance(was, bool):
            raise ConfigError(f'"{name}" cannot be {value!r}')

    def as_json(self) -> dict:
        return asdict(self)
