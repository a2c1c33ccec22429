"""What the environment says, what it may not say, and what is never repeated."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import FOR_EVER, SETTINGS, SettingError, read_settings


def test_without_a_word_of_the_environment_every_setting_has_its_default() -> None:
    settings = read_settings({})
    assert settings.data == Path(".hubshift")
    assert settings.redis_url is None
    assert (settings.rules, settings.labs, settings.token) == (None, None, None)
    assert settings.pulse_every == timedelta(hours=1)
    assert settings.census_every == timedelta(days=1)
    assert settings.endpoint == "https://huggingface.co"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({setting.name: "  " for setting in SETTINGS}) == read_settings({})


def test_every_setting_is_read_from_its_variable() -> None:
    settings = read_settings(
        {
            "HUBSHIFT_DATA": "/srv/hub shift",
            "REDIS_URL": "redis://cache:6379/0",
            "HUBSHIFT_RULES": "my.rules",
            "HUBSHIFT_LABS": "my.toml",
            "HUBSHIFT_PULSE_EVERY": "30m",
            "HUBSHIFT_CENSUS_EVERY": "2d",
            "HF_ENDPOINT": "http://127.0.0.1:8000/",
            "HF_TOKEN": " hf_made_up ",
            "HUBSHIFT_LOG": "Debug",
        }
    )
    assert settings.data == Path("/srv/hub shift")
    assert settings.redis_url == "redis://cache:6379/0"
    assert (settings.rules, settings.labs) == (Path("my.rules"), Path("my.toml"))
    assert settings.pulse_every == timedelta(minutes=30)
    assert settings.census_every == timedelta(days=2)
    assert settings.endpoint == "http://127.0.0.1:8000"
    assert settings.log_level == logging.DEBUG
    assert settings.token == "hf_made_up"  # noqa: S105 - a made-up word


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("90 s", 90), ("15M", 900), ("1h", 3600), ("366d", 31622400)]
)
def test_an_interval_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    every = read_settings({"HUBSHIFT_PULSE_EVERY": text}).pulse_every
    assert every == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hourly", "'hourly' is no time; write it like 30m, 1h or 1d"),
        ("3600", "'3600' is no time"),
        ("-1h", "'-1h' is no time"),
        ("1.5h", "'1.5h' is no time"),
        ("1h 30m", "'1h 30m' is no time"),
        ("0s", "'0s' is too often; the shortest is 1s"),
        ("367d", "'367d' is too seldom; the longest is 366d"),
        ("99999999999999999999d", "is too seldom"),
    ],
)
@pytest.mark.parametrize("name", ["HUBSHIFT_PULSE_EVERY", "HUBSHIFT_CENSUS_EVERY"])
def test_an_interval_that_cannot_be_is_refused_by_its_name(name: str, text: str, said: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}=.*{said}") as caught:
        read_settings({name: text})
    assert caught.value.exit_code == 2


def test_a_log_level_that_there_is_none_of_is_refused() -> None:
    assert read_settings({"HUBSHIFT_LOG": "warning"}).log_level == logging.WARNING
    assert read_settings({}).log_level == logging.INFO
    with pytest.raises(SettingError, match="HUBSHIFT_LOG='loud' is none of debug, info, warning"):
        read_settings({"HUBSHIFT_LOG": "loud"})


def test_who_may_change_a_slack_channel_is_its_members_or_its_admins() -> None:
    assert not read_settings({}).chat.slack_admins
    assert not read_settings({"HUBSHIFT_SLACK_CHANGES": "members"}).chat.slack_admins
    assert read_settings({"HUBSHIFT_SLACK_CHANGES": "Admins"}).chat.slack_admins
    with pytest.raises(ValueError, match="HUBSHIFT_SLACK_CHANGES='all' is neither members nor"):
        read_settings({"HUBSHIFT_SLACK_CHANGES": "all"})


def test_the_census_may_be_left_out_and_the_pulse_may_not() -> None:
    assert read_settings({"HUBSHIFT_CENSUS_EVERY": "never"}).census_every is None
    with pytest.raises(SettingError, match="HUBSHIFT_PULSE_EVERY=never would leave nothing"):
        read_settings({"HUBSHIFT_PULSE_EVERY": "Never"})


@pytest.mark.parametrize(
    "endpoint",
    [
        "huggingface.co",
        "ftp://huggingface.co",
        "https://",
        "https://hub.example:0",
        "https://hub.example:https",
        "https://[::1",
        "https://user:s3cret@hub.example",
    ],
)
def test_an_endpoint_that_is_no_address_is_refused_and_no_password_repeated(endpoint: str) -> None:
    with pytest.raises(SettingError, match="HF_ENDPOINT must be an address") as caught:
        read_settings({"HF_ENDPOINT": endpoint})
    assert "s3cret" not in str(caught.value)


def test_settings_can_be_printed_without_giving_a_secret_away() -> None:
    settings = read_settings({"HF_TOKEN": "hf_s3cret", "REDIS_URL": "redis://:s3cret@cache:6379/0"})
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)


def test_every_setting_says_what_it_is_for_and_its_default() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.purpose
        assert setting.default


def test_what_is_kept_is_a_time_and_a_longer_one() -> None:
    given = {"HUBSHIFT_KEEP_ALL": "20d", "HUBSHIFT_KEEP_DAILY": "never"}
    kept = read_settings(given).retention
    assert (kept.all_for, kept.daily_for) == (timedelta(days=20), FOR_EVER)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"HUBSHIFT_KEEP_ALL": "14d"}, "HUBSHIFT_KEEP_ALL is shorter than 15d"),
        ({"HUBSHIFT_KEEP_ALL": "40d", "HUBSHIFT_KEEP_DAILY": "39d"}, "HUBSHIFT_KEEP_DAILY is"),
        ({"HUBSHIFT_KEEP_DAILY": "40000d"}, "is too long; the longest is 36500d"),
    ],
)
def test_what_would_lose_what_is_needed_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        read_settings(given)
