"""What a setting can be besides text and numbers: quantities with units, addresses, networks.

Decides how each is written and what is refused, in the words of a user. Knows no setting.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from longshore.api.origin import Network, is_host


@dataclass(frozen=True)
class Quantity:
    """Marks a whole number that people may write with a unit: `24h`, `256MiB`."""

    units: Mapping[str, int]
    form: str

    def parse(self, raw: object) -> int:
        """Read a number, or a number and a unit."""
        match = re.fullmatch(r"([0-9]{1,15}) ?([a-zA-Z]*)", str(raw))
        if not match or (match[2] and match[2] not in self.units):
            raise ValueError(f"write {self.form}")
        return int(match[1]) * self.units.get(match[2], 1)

    def render(self, value: int) -> str:
        """Write it in the largest unit that leaves it whole."""
        whole = [unit for unit, size in self.units.items() if value and value % size == 0]
        unit = max(whole, key=self.units.__getitem__, default="")
        return f"{value // self.units.get(unit, 1)}{unit}"

    def __get_pydantic_core_schema__(
        self, source: type[int], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number = handler(schema)
        if not self.units:
            return number
        written = {"type": "string", "pattern": f"^[0-9]{{1,15}} ?({'|'.join(self.units)})?$"}
        return {"anyOf": [number, written]}


SECONDS = Quantity({"s": 1, "m": 60, "h": 3600, "d": 86400}, "whole seconds, or 90s, 15m, 24h, 7d")
BYTES = Quantity(
    {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}, "whole bytes, or 256MiB, 2GiB"
)
COUNT = Quantity({}, "a whole number")


@dataclass(frozen=True)
class Address:
    """A host and a port to listen on."""

    host: str
    port: int

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Read `127.0.0.1:5000` or `[::1]:5000`."""
        match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]+)):([0-9]{1,5})", str(raw))
        if not match or not 0 < int(match[3]) < 65536:
            raise ValueError("write HOST:PORT, such as 127.0.0.1:5000 or [::1]:5000")
        return cls(match[1] or match[2], int(match[3]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Self], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(),
        )


class Networks(tuple[Network, ...]):
    """Addresses and networks, written as a list or with commas between them."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Read `10.0.0.7, 192.168.0.0/16, fd00::/8`, or a list of such."""
        listed = raw if isinstance(raw, list | tuple) else str(raw).split(",")
        try:
            return cls(ipaddress.ip_network(str(each).strip()) for each in listed)
        except ValueError as problem:
            raise ValueError(
                f"write addresses or networks, such as 10.0.0.0/8: {problem}"
            ) from None

    def written(self) -> list[str]:
        return [str(network) for network in self]

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Self], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        one = core_schema.str_schema()
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            json_schema_input_schema=core_schema.union_schema([core_schema.list_schema(one), one]),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.written),
        )


class BaseURL(str):
    """The scheme and the host of a URL, and perhaps a port; nothing behind that."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Read `https://registry.example.com` or `http://10.0.0.7:5000`, a last slash allowed."""
        scheme, _, host = str(raw).removesuffix("/").partition("://")
        if scheme not in {"http", "https"} or not is_host(host):
            raise ValueError("write https://HOST or https://HOST:PORT, without a path")
        return cls(f"{scheme}://{host}")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Self], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(),
        )
