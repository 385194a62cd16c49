"""Settings come from the environment (and, in development, from .env). Wrong ones stop the start, all named at once."""

from typing import Annotated, Literal, TypeVar

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DRIVER = "postgresql+psycopg://"
URL_SCHEMES = (DRIVER, "postgresql://", "postgres://")


class DatabaseSettings(BaseSettings):
    """What migrations need: nothing but the database."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr

    @field_validator("database_url")
    @classmethod
    def _check_scheme(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(URL_SCHEMES):
            raise ValueError("must start with postgresql:// or postgresql+psycopg://")
        return value

    @property
    def sqlalchemy_url(self) -> str:
        """DATABASE_URL with the driver we install, whichever of the usual schemes it is written with."""
        _, rest = self.database_url.get_secret_value().split("://", 1)
        return DRIVER + rest


class Settings(DatabaseSettings):
    """What the API needs."""

    secret_key: SecretStr = Field(min_length=32)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    cors_origins: Annotated[list[str], NoDecode] = []
    database_pool_size: int = Field(default=5, ge=1, le=100)

    s3_bucket: str = Field(min_length=3, max_length=63)
    s3_endpoint_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        validation_alias=AliasChoices("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
    )
    aws_region: str = Field(
        default="us-east-1", validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION")
    )
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None

    max_upload_bytes: int = Field(default=20 * 1024 * 1024, ge=1)
    share_link_seconds: int = Field(default=3600, ge=1)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: str | list[str]) -> list[str]:
        if isinstance(value, str):
            return [origin.strip() for origin in value.split(",") if origin.strip()]
        return value

    @model_validator(mode="after")
    def _credentials_come_in_pairs(self) -> "Settings":
        if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
            raise ValueError(
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both, "
                "or neither to use the machine's own role"
            )
        return self


class InvalidSettings(SystemExit):
    """Ends the process with a message for people; values are never part of it."""

    def __init__(self, error: ValidationError) -> None:
        lines = sorted({_describe(problem) for problem in error.errors()})
        count = "1 setting is" if len(lines) == 1 else f"{len(lines)} settings are"
        wrong = "\n".join(f"  {line}" for line in lines)
        super().__init__(
            f"procurement cannot start: {count} wrong.\n{wrong}\n"
            "Set them in the environment or in .env; .env.example describes each."
        )


def _describe(problem: dict) -> str:
    if problem["type"] == "missing":
        message = "is not set"
    else:
        message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return message
    return f"{str(problem['loc'][0]).upper()}: {message}"


Kind = TypeVar("Kind", bound=DatabaseSettings)


def load(kind: type[Kind]) -> Kind:
    try:
        return kind()
    except ValidationError as error:
        raise InvalidSettings(error) from None
