"""Everything a visitor can send over HTTP, with what is theirs and with what is not."""

from __future__ import annotations

import json

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.known import canaries, deeds, entering, proving
from tests.known.hands import INBOXES, NUMBER, Hands
from tests.known.identities import sign
from tests.known.world import DEVICE


class Visits(Hands):
    """The rules of the browsers."""

    # Entering

    @rule(b=NUMBER, inbox=NUMBER, keep=NUMBER)
    def opens_the_widget(self, b: int, inbox: int, keep: int) -> None:
        """With what it keeps, or some of it."""
        browser = self._browser(b)
        browser.inbox = ("shop", "help", "shop", "apart")[inbox % 4]
        if keep % 8 == 0:
            browser.jar.clear()
        if keep % 8 == 1:
            browser.stored.clear()
        if keep % 16 == 2:
            browser.forget()
        self._open(browser)

    @rule(b=NUMBER, t=NUMBER, e=NUMBER, where=NUMBER)
    def shows_another_token(self, b: int, t: int, e: int, where: int) -> None:
        """One of another browser's, stolen; an old one; somebody else's access token."""
        browser = self._browser(b)
        world, inbox = self.world, INBOXES[where % 3]
        found = [token for one in world.browsers for token in one.stored.values()] + self.seen_tokens
        token = found[t % len(found)] if found and t % 4 else None
        earlier = self._any_access(e) if e % 3 == 0 else None
        self._do(
            entering.open_session(world, browser, inbox=inbox, token=token, cookie=None, earlier=earlier)
        )

    @rule(b=NUMBER, who=NUMBER, kind=NUMBER, mail=NUMBER, held=NUMBER)
    def comes_with_an_identity(self, b: int, who: int, kind: int, mail: int, held: int) -> None:
        """Signed by the host site; or forged, old, replayed, for another inbox."""
        world, browser = self.world, self._browser(b)
        if kind % 6 == 0 and self.identities:
            identity = self.identities[who % len(self.identities)]
        else:
            person = world.people[who % len(world.people)]
            facts = {"user": person.user, "name": person.name}
            if mail % 3 == 0:
                facts["verified"] = person.mailboxes[mail % 2]
            elif mail % 3 == 1:
                facts["claimed"] = self._address(mail)
            wrong = ("", "", "", "", "key", "none", "old", "audience")[kind % 8]
            identity = sign(world, INBOXES[(kind + who) % 3], facts, wrong)
            self.identities.append(identity)
        inbox = identity.inbox if kind % 5 else INBOXES[held % 3]
        token = browser.stored.get(inbox) if held % 4 else None
        earlier = browser.access.get(inbox) if held % 3 else None
        cookie = browser.jar.get(DEVICE) if held % 5 else None
        self._do(
            entering.open_session(
                world, browser, inbox=inbox, token=token, cookie=cookie, earlier=earlier, identity=identity
            )
        )

    @rule(b=NUMBER, a=NUMBER)
    def asks_for_a_code(self, b: int, a: int) -> None:
        """To any address, one's own or not."""
        browser = self._fresh(b)
        self._do(proving.ask_code(self.world, browser, self._address(a)))

    @rule(b=NUMBER, a=NUMBER, guess=NUMBER)
    def enters_a_code(self, b: int, a: int, guess: int) -> None:
        """The one in one's mailbox, whoever asked for it; or a guess."""
        browser = self._fresh(b)
        self._do(proving.enter_code(self.world, browser, self._code(browser, a, guess)))

    @rule(b=NUMBER, a=NUMBER)
    def asks_and_proves(self, b: int, a: int) -> None:
        """Both, as people do, with a mailbox of one's own: by the code, or by the link."""
        browser = self._fresh(b)
        address = browser.person.mailboxes[a % 2]
        self._do(proving.ask_code(self.world, browser, address))
        mine = [one for one in self.world.letters if one.to == address and one.kind == "code"]
        if mine and a % 3:
            self._do(proving.enter_code(self.world, browser, mine[-1].code))
        elif mine:
            self._do(proving.follow_link(self.world, browser, mine[-1]))

    @rule(b=NUMBER, k=NUMBER, guess=NUMBER)
    def uses_a_resume_key(self, b: int, k: int, guess: int) -> None:
        """One that was handed to anybody (it lay on a desk), a used one, or a guess."""
        browser = self._fresh(b)
        self._do(proving.use_key(self.world, browser, self._key(k, guess)))

    @rule(b=NUMBER, k=NUMBER, where=NUMBER, new=st.booleans())
    def takes_a_good_key_elsewhere(self, b: int, k: int, where: int, new: bool) -> None:
        """To any inbox, also beyond the wall of the separate one."""
        browser = self._browser(b)
        browser.inbox = INBOXES[where % 3]
        if new:
            browser.forget()
        self._open(browser)
        good = [text for text, key in self.world.rules.keys.items() if not key.over]
        if good:
            self._do(proving.use_key(self.world, browser, good[k % len(good)]))

    @rule(b=NUMBER, m=NUMBER, use=st.booleans(), yes=st.booleans(), mangle=NUMBER)
    def opens_a_mail(self, b: int, m: int, use: bool, yes: bool, mangle: int) -> None:
        """A link in a mail of whoever sits there; in any browser, twice, changed."""
        browser = self._browser(b)
        mine = [one for one in self.world.letters if one.to in browser.person.mailboxes and one.token]
        if not mine:
            return
        letter = mine[m % len(mine)]
        if mangle % 9 == 0:
            wrong = json.dumps({"token": letter.token[:-1] + "x", "answer": "yes"})
            self._do(deeds.nonsense(self.world, browser, "POST", "link/use", wrong, ""))
        elif letter.kind == "code" and use:
            self._do(proving.follow_link(self.world, browser, letter))
        else:
            self._do(deeds.open_letter(self.world, browser, letter, use=use, answer="yes" if yes else "no"))

    # Talking

    @rule(b=NUMBER, said=NUMBER, again=NUMBER)
    def begins(self, b: int, said: int, again: int) -> None:
        """A conversation, with claims of one's own or of somebody else; or one that was begun before."""
        browser = self._fresh(b)
        if again % 4 == 0 and browser.began:
            client_id, text = browser.began[again % len(browser.began)]
            self._do(deeds.start(self.world, browser, client_id=client_id, text=text, about={}))
        else:
            self._begin(browser, self._claims(browser, said))

    @rule(b=NUMBER, said=NUMBER)
    def says_who_they_are(self, b: int, said: int) -> None:
        """Or who somebody else is."""
        browser = self._fresh(b)
        self._do(deeds.about(self.world, browser, self._claims(browser, said)))

    @rule(b=NUMBER, c=NUMBER, t=NUMBER)
    def writes(self, b: int, c: int, t: int) -> None:
        """In any conversation there is."""
        browser = self._fresh(b)
        talk, (text,) = self._talk(c, browser), deeds.texts()
        self._do(deeds.write(self.world, browser, talk, text, canaries.word(), self._odd_token(t)))

    @rule(
        b=NUMBER,
        c=NUMBER,
        t=NUMBER,
        what=st.sampled_from(["events", "read", "print", "held", "came back", "list"]),
    )
    def looks(self, b: int, c: int, t: int, what: str) -> None:
        """At any conversation there is."""
        browser = self._fresh(b)
        self._do(deeds.look(self.world, browser, self._talk(c, browser), what, self._odd_token(t)))

    @rule(b=NUMBER, c=NUMBER, a=NUMBER)
    def wants_a_transcript(self, b: int, c: int, a: int) -> None:
        """Of any conversation, to any address."""
        browser = self._fresh(b)
        self._do(deeds.transcript(self.world, browser, self._talk(c, browser), self._address(a)))

    @rule(b=NUMBER, c=NUMBER, what=NUMBER)
    def wants_a_key(self, b: int, c: int, what: int) -> None:
        """A new one, to any conversation; or ends all."""
        browser = self._fresh(b)
        if what % 6 == 0:
            self._do(deeds.forget_keys(self.world, browser))
        else:
            self._do(deeds.new_key(self.world, browser, self._talk(c, browser)))

    @rule(b=NUMBER, d=NUMBER, out=st.booleans())
    def sees_to_devices(self, b: int, d: int, out: bool) -> None:
        """Lists them; signs any out."""
        browser = self._fresh(b)
        devices = list(self.world.rules.devices.values())
        if out and d % 3 == 0:
            self._do(deeds.sign_out(self.world, browser, devices[d % len(devices)]))
        else:
            self._do(deeds.list_devices(self.world, browser))

    @rule(b=NUMBER, c=NUMBER, n=NUMBER, text=st.text(max_size=40))
    def sends_nonsense(self, b: int, c: int, n: int, text: str) -> None:
        """Broken bodies, half tokens, foreign ids in odd places."""
        browser = self._fresh(b)
        talk = self._talk(c, browser)
        paths = [
            "session",
            "about",
            "conversations",
            "recovery/code",
            "recovery/resume-key",
            "link",
            "devices",
        ]
        paths += [
            f"conversations/{talk.id}/{end}" for end in ("events?after=x", "messages", "transcript", "x")
        ]
        body = [
            text,
            "[]",
            json.dumps({"conversation": talk.id}),
            '{"key":7,"code":[],"token":{},"inbox":1}',
        ][n % 4]
        bearer = [self._token(browser), self._token(browser)[:-3] + "abc", talk.id, ""][n % 4]
        method = ("POST", "GET", "DELETE")[n % 3]
        self._do(deeds.nonsense(self.world, browser, method, paths[n % len(paths)], body, bearer))
