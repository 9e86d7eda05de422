"""The environment of a visitor: told correctly, from input that may be anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.environment import Surroundings, describe, differences

XP_IE7 = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)"
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 {}Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {} Mobile/15E148 Safari/604.1"
MAC_SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X {}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Safari/605.1.15"


def told(user_agent: str, **hints: str) -> tuple[str, str, str]:
    headers = {f"Sec-CH-UA-{name.replace('_', '-').title()}": value for name, value in hints.items()}
    found = describe(user_agent=user_agent, hints=headers, supplied={})
    return found.browser, found.os, found.device


@pytest.mark.parametrize(
    ("user_agent", "browser", "os", "device"),
    [
        (XP_IE7, "Internet Explorer 7", "Windows XP", ""),
        ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0)", "Internet Explorer 6", "Windows 2000", ""),
        (
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/4.0; SLCC2)",
            "Internet Explorer 8 (compatibility view)", "Windows 7", "",
        ),
        (
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.3; WOW64; Trident/7.0)",
            "Internet Explorer 11 (compatibility view)", "Windows 8.1", "",
        ),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)", "Internet Explorer 8", "Windows Vista", ""),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer 11", "Windows 7", ""),
        ("Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer 11", "Windows 10", ""),
        ("Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9) Gecko/2008052906 Firefox/3.0", "Firefox 3", "Windows XP", ""),
        ("Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.2) Gecko/2010 Firefox/3.6", "Firefox 3.6", "Windows XP", ""),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128", "Ubuntu", ""),
        (CHROME.format("X11; Linux x86_64", ""), "Chrome 131", "Linux", ""),
        (CHROME.format("X11; CrOS x86_64 14541.0.0", ""), "Chrome 131", "ChromeOS", ""),
        (CHROME.format("Windows NT 10.0; Win64; x64", "") + " Edg/131.0.0.0", "Edge 131", "Windows 10 or 11", ""),
        (CHROME.format("Macintosh; Intel Mac OS X 10_15_7", ""), "Chrome 131", "macOS", ""),
        (MAC_SAFARI.format("10_15_7", "17.4.1"), "Safari 17.4", "macOS", ""),
        (MAC_SAFARI.format("10_13_6", "13.1"), "Safari 13.1", "macOS 10.13", ""),
        (IPHONE.format("18_1", "Version/18.1"), "Safari 18.1", "iOS 18.1", "iPhone"),
        (IPHONE.format("18_1_1", "CriOS/131.0.6778.73"), "Chrome 131", "iOS 18.1", "iPhone"),
        (IPHONE.format("18_6", "Version/26.1"), "Safari 26.1", "iOS 26.1", "iPhone"),
        (IPHONE.replace("iPhone; CPU iPhone OS", "iPad; CPU OS").format("12_5", "Version/12.1"), "Safari 12.1", "iOS 12.5", "iPad"),
        (CHROME.format("Linux; Android 15; SM-S921B", "Mobile "), "Chrome 131", "Android 15", "Samsung Galaxy S24"),
        (CHROME.format("Linux; Android 14; Pixel 8 Pro", "Mobile "), "Chrome 131", "Android 14", "Google Pixel 8 Pro"),
        (CHROME.format("Linux; Android 10; K", "Mobile "), "Chrome 131", "Android", "phone"),
        (CHROME.format("Linux; Android 10; K", ""), "Chrome 131", "Android", "tablet"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", "Firefox 133", "Android 14", "phone"),
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", "Googlebot 2", "", ""),
        ("", "", "", ""),
        ("(((", "", "", ""),
    ],
)  # fmt: skip
def test_client_is_named_as_people_name_it(user_agent, browser, os, device):
    assert told(user_agent) == (browser, os, device)


def test_client_hints_tell_what_the_user_agent_hides():
    windows = CHROME.format("Windows NT 10.0; Win64; x64", "")
    assert told(windows, platform='"Windows"', platform_version='"15.0.0"')[1] == "Windows 11"
    assert told(windows, platform='"Windows"', platform_version='"10.0.0"')[1] == "Windows 10"
    mac = CHROME.format("Macintosh; Intel Mac OS X 10_15_7", "")
    assert told(mac, platform='"macOS"', platform_version='"14.5.0"')[1] == "macOS 14"
    phone = CHROME.format("Linux; Android 10; K", "Mobile ")
    hints = {"platform": '"Android"', "platform_version": '"15.0.0"', "mobile": "?1"}
    assert told(phone, **hints, model='"SM-S928B"') == (
        "Chrome 131",
        "Android 15",
        "Samsung Galaxy S24 Ultra",
    )
    assert told(phone, **hints, model='"Pixel 9"')[2] == "Google Pixel 9"
    brave = describe(
        user_agent=windows, hints={"sec-ch-ua": '"Brave";v="131", "Chromium";v="131"'}, supplied={}
    )
    assert brave.browser == "Brave 131"


def test_hints_are_found_under_the_names_of_the_environ_too():
    found = describe(
        user_agent=CHROME.format("Windows NT 10.0; Win64; x64", ""),
        hints={"HTTP_SEC_CH_UA_PLATFORM": '"Windows"', "HTTP_SEC_CH_UA_PLATFORM_VERSION": '"13.0.0"'},
        supplied={},
    )
    assert found.os == "Windows 11"


def test_what_the_page_supplies_is_kept_and_bounded():
    found = describe(
        user_agent=XP_IE7,
        hints={"Accept-Language": "sv-SE,sv;q=0.9"},
        supplied={
            "page": "https://user:secret@shop.example:8443/help?id=7#part",
            "referrer": "javascript:alert(1)",
            "time_zone": "Europe/Stockholm",
            "screen": "1024x768",
            "product": " PSC\x00 2210v\u202e ",
            "app_version": 3.5,
            "plan": "x" * 500,
            "count": 12,
            "vip": True,
            "browser": "Lynx 9",
            "Bad Name": "no",
            "nested": {"a": 1},
        },
    )
    assert found.page == "https://shop.example:8443/help?id=7"
    assert found.referrer == ""
    assert (found.locale, found.time_zone, found.screen) == ("sv-SE", "Europe/Stockholm", "1024x768")
    assert found.extra == {"product": "PSC 2210v", "app_version": "3.5", "plan": "x" * 200, "count": "12"}
    assert found.known()["browser"] == "Internet Explorer 7"


def test_long_addresses_lose_their_query_first():
    found = describe(user_agent="", hints={}, supplied={"page": "https://a.example/help?" + "q" * 2000})
    assert found.page == "https://a.example/help"


@pytest.mark.parametrize("locale", ["en_GB", "zh-hant-tw", "x", "en-GB; drop", "e" * 100, 5, None])
def test_locales_are_checked_for_form(locale):
    found = describe(user_agent="", hints={}, supplied={"locale": locale}).locale
    assert found == {"en_GB": "en-GB", "zh-hant-tw": "zh-Hant-TW"}.get(locale, "")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["page", "referrer", "locale", "time_zone", "screen", "product", "serial", "title", "\ud800"]
)


@given(
    user_agent=anything,
    hints=anything | st.dictionaries(NAMES, anything),
    supplied=st.dictionaries(NAMES, anything) | anything,
)
def test_nothing_raises_and_everything_can_be_stored(user_agent, hints, supplied):
    found = describe(user_agent=user_agent, hints=hints, supplied=supplied)
    for text in found.known().values():
        text.encode()
        assert "\x00" not in text
        assert len(text) <= 1000
    assert Surroundings.from_columns(found.as_columns()) == found


def test_huge_numbers_and_texts_are_dropped_or_cut():
    supplied = {"serial": 10**5000, "title": "\u0301" * 1_000_000, "page": "https://" + "a" * 100_000}
    found = describe(user_agent="M" * 1_000_000, hints={}, supplied=supplied)
    assert len(found.user_agent) == 500
    assert len(found.page) <= 1000
    assert found.extra.keys() == {"title"}
    assert len(found.extra["title"]) == 200


def test_at_most_twenty_facts():
    found = describe(user_agent="", hints={}, supplied={f"fact_{n}": "x" for n in range(50)})
    assert len(found.extra) == 20


def test_only_what_changed_is_told_in_a_fixed_order():
    then = describe(
        user_agent=XP_IE7,
        hints={},
        supplied={"product": "PSC 2210v", "app_version": "4", "page": "https://a.example/1"},
    )
    firefox = "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9) Gecko/2008052906 Firefox/3.0"
    now = describe(
        user_agent=firefox,
        hints={},
        supplied={"product": "PSC 2210v", "app_version": "5", "page": "https://a.example/2"},
    )
    expected = [
        {"what": "browser", "from": "Internet Explorer 7", "to": "Firefox 3"},
        {"what": "app_version", "from": "4", "to": "5"},
    ]
    assert differences(then, now) == expected
    assert differences(then.as_columns(), now.as_columns()) == expected
    assert differences(then.known(), now.known()) == expected
    assert differences(then, then) == []
    assert differences(None, now) == differences(then, {}) == []


def test_not_told_is_not_a_change():
    def os(then: str, now: str) -> list:
        return differences(Surroundings(os=then), Surroundings(os=now))

    assert (
        os("macOS", "macOS 14")
        == os("Windows 10 or 11", "Windows 11")
        == os("Windows 10", "Windows 10 or 11")
        == []
    )
    assert os("Windows XP", "Windows 7")
    assert os("Windows 10", "Windows 11")
    assert differences(Surroundings(device="phone"), Surroundings(device="Samsung Galaxy S24")) == []
    assert differences(Surroundings(device="phone"), Surroundings(device="tablet"))
    view = "Internet Explorer 8 (compatibility view)"
    assert differences(Surroundings(browser="Internet Explorer 8"), Surroundings(browser=view))


def test_snapshots_are_read_back_from_rows_and_from_nothing():
    class Row:
        browser = "Firefox 3"
        supplied = {"serial": "MY2C4TQ"}

    assert Surroundings.from_columns(Row()) == Surroundings(browser="Firefox 3", extra={"serial": "MY2C4TQ"})
    assert Surroundings.from_columns(None) == Surroundings()
