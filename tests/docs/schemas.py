"""The JSON Schemas of docs/json.md, to hold commands to them."""

import json

import jsonschema_rs

from tests.docs.pages import DOCS, Page

SCHEMAS = {
    schema["title"]: schema for schema in map(json.loads, Page(DOCS / "json.md").blocks("json"))
}


def check(title: str, printed: object) -> None:
    """Compare with the page; raises what is different."""
    schema = SCHEMAS[title] | {"$defs": SCHEMAS["words"]["$defs"]}
    jsonschema_rs.validator_for(schema).validate(printed)
