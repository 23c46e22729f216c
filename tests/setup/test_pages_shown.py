"""The pages of set-up once there is an App: what they show, to whom, and that they close."""

from app.doctor.told import Line
from app.errors import Transient
from app.setup.answers import Field
from app.setup.watching import Look, Seen
from tests.setup.browsing import Server


def test_after_done_the_page_is_closed_for_everybody_and_for_good(server, ana):
    ana.comes_back(ana.says())
    ana.follows()
    ana.post("/setup/done")

    for who in (ana, server.browser()):
        for path in ("/setup", f"/setup?token={server.token}", "/setup/callback?code=a&state=b"):
            assert who.get(path).status_code == 410
            assert who.heading == "This server is set up"


def test_it_cannot_be_closed_before_there_is_an_app(server, ana):
    assert ana.post("/setup/done").status_code == 400
    assert server.desk.is_open()


def test_what_is_missing_is_named_with_the_page_that_mends_it(ana, github):
    ana.comes_back(ana.says())
    page = "https://github.com/organizations/acme/settings/installations/7"
    github.looks = [
        Look(
            "stagelock-acme",
            ("statuses: read",),
            "https://github.com/organizations/acme/settings/apps/stagelock-acme/permissions",
            (
                Seen("acme", page, False, ("checks: write", "event push"), ("acme/shop",), 1),
                Seen("old", page, True, ()),
            ),
            None,
        )
    ]
    ana.get("/setup")

    assert "The App does not request statuses: read" in ana.text
    assert "grants checks: write, event push" in ana.text
    assert page in ana.text
    assert "suspended" in ana.text


def test_a_github_that_does_not_say_where_the_app_is_does_not_keep_the_page_away(ana, github):
    ana.comes_back(ana.says())
    github.looks = [Transient("no answer in time")]
    ana.get("/setup")

    assert ana.answer.status_code == 200
    assert "no answer in time" in ana.text


def test_what_the_environment_says_is_shown_and_cannot_be_changed(tmp_path, github, clock):
    server = Server(
        tmp_path,
        github,
        clock,
        fixed={Field.PUBLIC_URL: "https://fixed.acme.example"},
        given=("STAGELOCK_PUBLIC_URL",),
    )
    ana = server.browser().opens(server)
    assert "https://fixed.acme.example" in ana.text
    assert 'name="public_url"' not in ana.text
    ana.says(public_url="https://evil.example", anyway="https://fixed.acme.example")
    assert "evil.example" not in ana.text
    ana.comes_back(ana.state)
    assert (
        "The environment takes precedence over what was kept: STAGELOCK_PUBLIC_URL"
        in ana.follows().text
    )


def test_names_from_github_are_shown_as_text(ana, github):
    ana.comes_back(ana.says())
    bad = "<script>x\u202e"
    github.looks = [Look("s", (), "", (Seen(bad, "", False, (), (bad,), 1),), None)]
    ana.get("/setup")

    assert "<script>x" not in ana.text
    assert "\u202e" not in ana.text


def test_a_server_that_is_not_set_up_says_so_to_machines(server):
    client = server.app.test_client()

    assert client.get("/healthz").status_code == 200
    for answer in (client.get("/readyz"), client.post("/github/webhook", data=b"{}")):
        assert answer.status_code == 503
        assert "not set up" in answer.get_data(as_text=True)
    assert client.get("/api/v1/locks").status_code == 503


def test_the_doctors_page_is_for_the_session_alone(tmp_path, github, clock):
    found = [Line("github", "todo", "it does not answer", "look at the firewall")]
    server = Server(tmp_path, github, clock, examine=lambda: found)
    ana = server.browser().opens(server)
    ana._client.environ_base["HTTP_ACCEPT"] = "text/html"

    assert "look at the firewall" in ana.get("/setup/doctor").get_data(as_text=True)
    assert ana.heading == "1 thing to do"
    assert server.browser().get("/setup/doctor").status_code == 403
