"""Whether a document on stdin is one of OpenAPI 3.0, as far as kvstore's uses it."""
import json
import re
import sys

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
TYPES = {"string", "integer", "number", "boolean", "array", "object"}
document = json.load(sys.stdin)
problems = []


def need(condition, where, what):
    if not condition:
        problems.append(f"{where}: {what}")


def only(node, where, required, optional):
    for name in required:
        need(name in node, where, f"{name} is missing")
    for name in node:
        need(name in required or name in optional or name.startswith("x-"), where, f"{name} is not known")


def resolve(reference, where):
    need(reference.startswith("#/"), where, f"{reference} is not of this document")
    node = document
    for part in reference[2:].split("/"):
        need(isinstance(node, dict) and part in node, where, f"{reference} leads nowhere")
        node = node.get(part, {}) if isinstance(node, dict) else {}
    return node


def check_schema(node, where):
    if "$ref" in node:
        only(node, where, ["$ref"], [])
        resolve(node["$ref"], where)
        return
    only(node, where, [], ["type", "format", "enum", "description", "nullable", "required", "properties", "items",
                           "oneOf", "allOf", "minItems", "minimum", "maximum"])
    if "type" in node:
        need(node["type"] in TYPES, where, f"type {node['type']}")
        need(node["type"] != "array" or "items" in node, where, "an array without items")
    for name, one in node.get("properties", {}).items():
        check_schema(one, f"{where}.{name}")
    for name in node.get("required", []):
        need(name in node.get("properties", {}), where, f"{name} is required, and no property")
    if "items" in node:
        check_schema(node["items"], where + "[]")
    for kind in ("oneOf", "allOf"):
        for number, one in enumerate(node.get(kind, [])):
            check_schema(one, f"{where}.{kind}[{number}]")


def check_content(content, where):
    for media_type, one in content.items():
        need(re.fullmatch(r"[a-z]+/[a-z+-]+", media_type), where, f"{media_type} is no media type")
        only(one, where, ["schema"], [])
        check_schema(one["schema"], f"{where} {media_type}")


def check_response(node, where):
    if "$ref" in node:
        node = resolve(node["$ref"], where)
    only(node, where, ["description"], ["content", "headers"])
    need(node["description"] != "", where, "the description is empty")
    check_content(node.get("content", {}), where)


def check_operation(path, method, node, ids):
    where = f"{method} {path}"
    only(node, where, ["operationId", "summary", "responses"], ["parameters", "requestBody", "security"])
    need(node["operationId"] not in ids, where, "its operationId is another's, too")
    ids.add(node["operationId"])
    seen = set()
    for one in node.get("parameters", []):
        only(one, where, ["name", "in", "description", "schema"], ["required", "allowEmptyValue"])
        need((one["name"], one["in"]) not in seen, where, f"{one['name']} comes twice")
        seen.add((one["name"], one["in"]))
        need(one["in"] in ("path", "query", "header"), where, f"in {one['in']}")
        need(one["in"] != "path" or one.get("required") is True, where, "a part of the path must be required")
        need(one["name"] not in ("Accept", "Content-Type", "Authorization"), where, f"{one['name']} is no parameter")
        check_schema(one["schema"], f"{where} {one['name']}")
    in_path = set(re.findall(r"\{(\w+)\}", path))
    need(in_path == {name for name, place in seen if place == "path"}, where, "the path's parameters differ")
    if "requestBody" in node:
        check_content(node["requestBody"]["content"], where)
        need(method not in ("get", "delete"), where, "has a body")
    need(node["responses"], where, "no responses")
    for status, one in node["responses"].items():
        need(re.fullmatch(r"[1-5]\d\d|default", status), where, f"status {status}")
        check_response(one, f"{where} {status}")


only(document, "document", ["openapi", "info", "paths"], ["servers", "components", "security"])
need(re.fullmatch(r"3\.0\.\d", document["openapi"]), "openapi", document["openapi"])
only(document["info"], "info", ["title", "version"], ["description", "license"])
ids = set()
for path, item in document["paths"].items():
    need(path.startswith("/"), path, "does not begin with /")
    for method, operation in item.items():
        need(method in METHODS, path, f"{method} is no method")
        check_operation(path, method, operation, ids)
for name, schema in document["components"]["schemas"].items():
    check_schema(schema, name)
print("\n".join(problems) or f"{len(ids)} operations")
sys.exit(bool(problems))
