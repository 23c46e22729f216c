"""Comments, roles, repositories, files, deliveries."""

import base64
from datetime import timedelta

import pytest

from app.core.model.people import Person, Standing
from app.errors import Missing
from app.github import GitHubForge
from tests.adapters.github.scripted import BASE, NOW, REPO, SHA, Reply

ISSUES = f"{BASE}/issues/comments"


def stamp(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def comment(number: int, at: float = 1, **fields):
    return {"id": number, "body": "/promote prod", "user": {"login": "ada", "type": "User"},
            "created_at": stamp(at), "updated_at": stamp(at), **fields}  # fmt: skip


def test_comments_of_both_kinds_come_by_rising_id_and_plain_issues_are_left_out(forge, script):
    page = "https://github.com/acme/issues"
    script.on("GET", ISSUES, data=[
        comment(5, html_url=f"{page}/pull/3#issuecomment-5", issue_url="https://api/issues/3"),
        comment(2, html_url=f"{page}/issues/4#issuecomment-2", issue_url="https://api/issues/4"),
    ])  # fmt: skip
    script.on("GET", f"{BASE}/comments", data=[comment(4, commit_id=SHA), comment(1, at=-1)])
    found = forge.comments_since(REPO, NOW)
    assert [(one.id, one.kind, one.pull, one.sha) for one in found] == [
        (4, "commit", None, SHA),
        (5, "issue", 3, None),
    ]
    assert script.calls("GET", ISSUES)[0].query["since"] == "2026-03-01T12:00:00Z"


def test_commit_comments_are_read_from_the_newest_page_back(forge, script):
    """GitHub lists the oldest first and has no filter: a long history is not read each time."""
    path = f"{BASE}/comments"
    script.on("GET", ISSUES, data=[])
    last = '<http://x/?page=2>; rel="next", <http://x/?per_page=100&page=40>; rel="last"'
    script.on("GET", path, data=[comment(1, -9000)], headers={"link": last})
    script.on("GET", path, data=[comment(4000, 2), comment(3999, 1)])
    script.on("GET", path, data=[comment(3000, -5)])
    assert [one.id for one in forge.comments_since(REPO, NOW)] == [3999, 4000]
    assert [call.query.get("page") for call in script.calls("GET", path)] == [None, "40", "39"]


def test_comments_are_written_and_edited_where_they_belong(forge, script):
    script.on("POST", f"{BASE}/issues/3/comments", 201, {"id": 1})
    script.on("POST", f"{BASE}/commits/{SHA}/comments", 201, {"id": 2})
    script.on("PATCH", f"{ISSUES}/1", data={})
    script.on("PATCH", f"{BASE}/comments/2", data={})
    assert forge.create_comment(REPO, 3, "a\ud800b") == 1
    assert forge.create_comment(REPO, SHA, "b") == 2
    forge.update_comment(REPO, "issue", 1, "c")
    forge.update_comment(REPO, "commit", 2, "d")
    assert script.calls("POST", f"{BASE}/issues/3/comments")[0].body == {"body": "a?b"}
    assert script.calls("PATCH", f"{BASE}/comments/2")[0].body == {"body": "d"}


def test_the_event_id_at_the_end_of_a_text_opens_its_audit_entry(forge, script):
    script.on("POST", f"{BASE}/issues/3/comments", 201, {"id": 1})
    script.on("PATCH", f"{ISSUES}/1", data={})
    speaking = GitHubForge(forge._client, 7, "https://stagelock.acme.example")
    speaking.create_comment(REPO, 3, "done event `zzzzzzzz`\n\n<sub>event `abcdefg2`</sub>")
    speaking.update_comment(REPO, "issue", 1, "<sub>promotion `p` · event `abcdefg2`</sub>\n")
    link = "event [`abcdefg2`](https://stagelock.acme.example/events/abcdefg2)</sub>"
    made = script.calls("POST", f"{BASE}/issues/3/comments")[0].body["body"]
    assert made == f"done event `zzzzzzzz`\n\n<sub>{link}"
    edited = script.calls("PATCH", f"{ISSUES}/1")[0].body["body"]
    assert edited == f"<sub>promotion `p` · {link}\n"


def test_one_comment_is_read_as_it_stands(forge, script):
    bot = {"login": "renovate[bot]", "type": "Bot"}
    script.on("GET", f"{BASE}/comments/2", data=comment(2, commit_id=SHA, user=bot))
    script.on("GET", f"{ISSUES}/1", data={"id": 1, "user": None, "created_at": "nonsense"})
    assert forge.comment(REPO, "commit", 2).is_bot
    sparse = forge.comment(REPO, "issue", 1)
    assert (sparse.user, sparse.is_bot, sparse.pull) == ("", False, None)


def test_a_reaction_is_no_reason_to_fail(forge, script):
    script.on("POST", f"{ISSUES}/1/reactions", data={"id": 9})
    forge.react(REPO, "issue", 1, "eyes")
    forge.react(REPO, "commit", 2, "eyes")
    assert script.calls("POST", f"{ISSUES}/1/reactions")[0].body == {"content": "eyes"}


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ({"permission": "write", "role_name": "maintain"}, "maintain"),
        ({"permission": "write", "role_name": "release captain"}, "write"),
        ({"permission": "admin"}, "admin"),
        ({"permission": "read", "role_name": "triage"}, "triage"),
        ({}, "none"),
    ],
)
def test_the_role_is_what_github_says_now(forge, script, answer, role):
    script.on("GET", f"{BASE}/collaborators/ada/permission", data=answer)
    assert forge.permission(REPO, "ada") == role


def test_a_stranger_has_no_role(forge):
    assert forge.permission(REPO, "mallory/../x") == "none"


def shop(**fields):
    return {"id": 42, "name": "shop-2", "full_name": "acme/shop-2", "owner": {"login": "acme"},
            "default_branch": "trunk", **fields}  # fmt: skip


def test_a_repository_is_found_by_its_number_whatever_its_name(forge, script):
    script.on("GET", "/repositories/42", data=shop(archived=True))
    fact = forge.repository(REPO)
    assert (fact.repo.full_name, fact.default_branch, fact.archived) == (
        "acme/shop-2", "trunk", True,
    )  # fmt: skip
    assert fact.repo.installation_id == 9


def test_a_repository_is_found_by_name_where_numbers_are_not_known(forge, script):
    script.again("GET", "/repositories/42", Reply(404, {"message": "Not Found"}))
    script.on("GET", BASE, data=shop())
    assert forge.repository(REPO).repo.name == "shop-2"


def test_another_repository_that_took_the_name_is_not_ours(forge, script):
    script.again("GET", "/repositories/42", Reply(404, {"message": "Not Found"}))
    script.on("GET", BASE, data=shop(id=43))
    with pytest.raises(Missing):
        forge.repository(REPO)


def test_installations_and_their_repositories(forge, script):
    script.on("GET", "/app/installations", data=[
        {"id": 9, "account": {"login": "acme"}, "permissions": {"checks": "write"}},
        {"id": 10, "account": {"slug": "big"}, "suspended_at": stamp(0)},
    ])  # fmt: skip
    script.on("GET", "/installation/repositories", data={"repositories": [shop()]})
    one, two = forge.installations()
    assert (one.account, one.suspended, one.permissions) == ("acme", False, {"checks": "write"})
    assert (two.account, two.suspended) == ("big", True)
    assert [fact.repo.id for fact in forge.repositories(9)] == [42]


def test_a_small_file_is_read_and_nothing_else_is(forge, script):
    script.on("GET", f"{BASE}/contents/a/b%20c.yaml", data={
        "type": "file", "encoding": "base64", "content": base64.encodebytes(b"version: 1").decode(),
    })  # fmt: skip
    script.on("GET", f"{BASE}/contents/dir", data=[{"type": "file"}])
    script.on("GET", f"{BASE}/contents/link", data={"type": "symlink"})
    assert forge.read_file(REPO, SHA, "a/b c.yaml") == b"version: 1"
    assert [forge.read_file(REPO, SHA, name) for name in ("dir", "link", "gone")] == [None] * 3
    assert script.calls("GET", f"{BASE}/contents/dir")[0].query == {"ref": SHA}


def delivery(number: int, guid: str, code: int, at: float):
    return {"id": number, "guid": guid, "status_code": code, "delivered_at": stamp(at)}


def test_deliveries_that_never_arrived_are_found_oldest_first(forge, script):
    path = "/app/hook/deliveries"
    more = '<http://x/?per_page=100&cursor=v1_7>; rel="next"'
    script.on("GET", path, data=[
        delivery(9, "late", 200, 5), delivery(8, "new", 502, 4), delivery(7, "late", 0, 3),
    ], headers={"link": more})  # fmt: skip
    script.on("GET", path, data=[
        delivery(6, "new", 0, 2), delivery(5, "old", 404, 1), delivery(4, "ancient", 500, -1),
    ], headers={"link": more})  # fmt: skip
    assert forge.failed_deliveries(NOW) == ((5, "old"), (8, "new"))
    assert [call.query.get("cursor") for call in script.calls("GET", path)] == [None, "v1_7"]


def test_a_server_without_a_delivery_log_has_no_failed_deliveries(forge, script):
    assert forge.failed_deliveries(NOW) == ()
    script.on("POST", "/app/hook/deliveries/5/attempts", 202, {})
    forge.redeliver(5)


def test_of_whom_only_the_number_is_known_no_name_is_asked(forge, script):
    """An empty name is in no address that GitHub describes."""
    script.on("GET", "/user/7", data={"login": "ada", "id": 7})
    answer = {"role_name": "write", "permission": "write", "user": {"login": "ada", "id": 7}}
    script.on("GET", f"{BASE}/collaborators/ada/permission", data=answer)
    assert forge.standing(REPO, Person(7, "")) == Standing("ada", "write")
    assert not script.calls("GET", f"{BASE}/collaborators//permission")
