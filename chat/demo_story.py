"""What the demo's customers once wrote, and what fixed it: plain data, told in `chat.demo`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

IE7_ON_XP = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
CHROME_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 "
    "Safari/604.1"
)
GALAXY = "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
UBUNTU = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
WINDOWS_11 = {"Sec-CH-UA-Platform": '"Windows"', "Sec-CH-UA-Platform-Version": '"15.0.0"'}
MACOS_14 = {"Sec-CH-UA-Platform": '"macOS"', "Sec-CH-UA-Platform-Version": '"14.6.0"'}


@dataclass(frozen=True)
class Person:
    """A customer of the demo and what they said of themselves. All of it is only claimed."""

    key: str
    name: str = ""
    email: str = ""
    phone: str = ""
    serial: str = ""
    order: str = ""


@dataclass(frozen=True)
class Line:
    """Something said, `after` seconds from the line before. `by`: "customer" or a technician's user name."""

    by: str
    after: int
    text: str
    note: bool = False


@dataclass(frozen=True)
class Solved:
    """The technician resolves; `state` is what became of the fix later."""

    by: str
    after: int
    problem: str
    cause: str
    fix: str
    state: str = "unknown"


@dataclass(frozen=True)
class Story:
    """One past conversation. `when`: (days ago) or (month, day) of the last time that day came round."""

    key: str
    person: Person
    subject: str
    when: int | tuple[int, int]
    clock: tuple[int, int]
    user_agent: str
    lines: tuple[Line | Solved, ...]
    hints: Mapping[str, str] = field(default_factory=dict)
    supplied: Mapping[str, object] = field(default_factory=dict)


MARA = Person("mara", "Mara Lindqvist", email="mara@oldmail.example", serial="MY2B7C14TQ")
ODETTE = Person("odette", "Odette Garnier", email="odette.garnier@courriel.example")
LAYLA = Person("layla", "ليلى حداد", email="layla.haddad@barid.example")
RICARDO = Person("ricardo", "Ricardo Alves", email="ricardo@alves.example", phone="+351 912 345 678")
JONAS = Person("jonas", "Jonas Weber", email="jonas.weber@post.example")
TESSA = Person("tessa", "Tessa Okafor", email="tessa@okafor.example", serial="CN4710X9KD")
HENRIK = Person("henrik", "Henrik Dahl", email="henrik@dahl.example", order="20317")
PRIYA = Person("priya", "Priya Raman", email="accounts@raman-tea.example", order="20988")
VISITOR = Person("visitor")

PSC = {
    "page": "https://northwind.example/support/psc-2210v",
    "product": "PSC 2210v",
    "locale": "sv-SE",
    "screen": "1024x768",
}

STORIES: tuple[Story, ...] = (
    Story(
        "mara-ink", MARA, "New cartridge is not recognised", (1, 12), (16, 20), IE7_ON_XP, supplied=PSC,
        lines=(
            Line("customer", 0, "Hello, I have put a new black cartridge into my PSC 2210v and it says “Incorrect print cartridge”."),
            Line("bo", 65, "Good afternoon Mara, I am Bo. Is it a 56 or a 58? The number is on the label."),
            Line("customer", 80, "56, and it is an original one."),
            Line("bo", 40, "Good. Then it is most likely because a corner of the protective tape is still on the contacts."),
            Line("bo", 55, "1. Open the lid and take the cartridge out\n2. Pull off all of the pink tape\n3. Wipe the copper contacts with a dry, lint-free cloth\n4. Put it back until it clicks"),
            Line("customer", 240, "There was a tiny bit of tape, I would never have seen it. It prints! Thank you Bo."),
            Line("bo", 30, "Lovely. Have a good evening, Mara."),
            Solved("bo", 60, "New black cartridge 56 is not recognised", "A rest of the protective tape on the contacts",
                   "Take the cartridge out, pull off all of the tape, wipe the contacts with a dry cloth, put it back until it clicks", "held"),
        ),
    ),
    Story(
        "mara-scan", MARA, "My all-in-one will not scan", (3, 3), (10, 2), IE7_ON_XP,
        supplied={**PSC, "serial": "MY2B7C14TQ", "app_version": "Director 4.1"},
        lines=(
            Line("customer", 0, "Hello! My all-in-one will not scan any more. When I press Scan in the Director it stops at “warming up”, and then nothing happens. Copying works fine."),
            Line("ana", 38, "Good morning Mara, I am Ana, and I will stay with you until it scans. Since when does it do that, and have you installed anything lately?"),
            Line("customer", 95, "Since the weekend, I think. My son installed the new Internet Explorer, number 7. I do not know if that matters."),
            Line("ana", 44, "That matters a lot, thank you! Would you press Scan once more and tell me whether a yellow bar appears at the top of the window?"),
            Line("customer", 70, "Yes! It says something about a control that was blocked. I always thought that was an advertisement."),
            Line("ana", 25, "Third one this week after the update to IE 7. The 2210 patch replaces the scan control. @Bo, shall we put it on the support page?", note=True),
            Line("ana", 30, "Then I know what it is. Scanning stops because Internet Explorer 7 blocks the scan control that the Director uses."),
            Line("ana", 52, "It takes about five minutes:\n1. Close the scan window and the Director\n2. Install the 2210 patch from https://northwind.example/support/psc-2210v/patch"),
            Line("ana", 20, "3. Restart the computer\n4. Start the Director and scan from there, not from the browser"),
            Line("customer", 35, "I am writing that down. I will have to restart, do I lose you then?"),
            Line("ana", 18, "No, I am here. Open this page again and our conversation will still be where you left it."),
            Line("customer", 412, "I am back, and it scans!! My grandmother’s letters are safe. You are wonderful."),
            Line("ana", 31, "I am so glad. Enjoy the letters, Mara, and do write again if it ever comes back."),
            Solved("ana", 48, "Scanning stops at “warming up”, nothing happens afterwards", "Internet Explorer 7 blocks the scan control",
                   "Install the 2210 patch, restart, scan from the Director", "held"),
        ),
    ),
    Story(
        "visitor-scan", VISITOR, "Scan window stays empty", (3, 19), (14, 41), IE7_ON_XP,
        supplied={"page": "https://northwind.example/support/psc-2175", "product": "PSC 2175", "locale": "en-GB"},
        lines=(
            Line("customer", 0, "The scan window of my PSC 2175 opens and stays empty. No error, nothing."),
            Line("bo", 52, "Hello, I am Bo. Is your browser Internet Explorer 7, by any chance? You find it under Help, About."),
            Line("customer", 61, "Yes, 7."),
            Line("bo", 20, "Same as Ana’s case of 3 March, but on a 2175. The patch covers the whole family.", note=True),
            Line("bo", 33, "Thank you. It is empty because Internet Explorer 7 blocks the scan control. The cure is short:\n1. Install the 2210 patch (it is made for your 2175 too) from https://northwind.example/support/psc-2210v/patch\n2. Restart\n3. Scan from the Director"),
            Line("customer", 530, "Works. Thanks, that was fast."),
            Solved("bo", 40, "Scan window opens and stays empty", "Internet Explorer 7 blocks the scan control",
                   "Install the 2210 patch, restart, scan from the Director", "held"),
        ),
    ),
    Story(
        "ricardo-wireless", RICARDO, "Printer offline since the new router", 96, (19, 8), SAFARI,
        supplied={"page": "https://northwind.example/support/officejet-6500", "product": "OfficeJet 6500", "locale": "pt-PT", "time_zone": "Europe/Lisbon"},
        lines=(
            Line("customer", 0, "Good evening. We have a new router since yesterday and the OfficeJet is “offline” on both our Macs."),
            Line("ana", 47, "Good evening Ricardo, Ana here. Does the blue wireless light on the printer blink, or is it steady?"),
            Line("customer", 40, "It blinks all the time."),
            Line("ana", 35, "Then it is still looking for the old network. Please switch the printer off and on once, to be sure."),
            Line("customer", 150, "Done, still offline and still blinking."),
            Line("ana", 49, "Thank you. It comes from the router: it has a new network name, and the printer only knows the old one. Let us introduce them:\n1. On the printer, press Setup and choose Network, then Wireless Setup Wizard\n2. Select the name that is on the sticker of the router\n3. Type the password from the same sticker, capital letters included\n4. On each Mac, open Printers & Scanners, remove the printer and add it again"),
            Line("customer", 380, "The light is steady now, and my wife’s Mac prints. Mine too! Obrigado, Ana."),
            Line("ana", 22, "De nada! Have a nice evening, both of you."),
            Solved("ana", 35, "Printer offline on both computers after a change of router", "The printer still looked for the name of the old network",
                   "Run the Wireless Setup Wizard on the printer, choose the new network, then remove and add the printer on each computer", "held"),
        ),
    ),
    Story(
        "odette-cartouche", ODETTE, "Cartouche non reconnue", 74, (9, 26), IPHONE,
        supplied={"page": "https://northwind.example/fr/assistance", "product": "DeskJet 940c", "locale": "fr-FR", "time_zone": "Europe/Paris"},
        lines=(
            Line("customer", 0, "Bonjour, mon imprimante n’imprime plus en couleur depuis que j’ai changé la cartouche. Le voyant orange clignote."),
            Line("ana", 58, "Bonjour Odette, je suis Ana. Quel numéro lisez-vous sur la nouvelle cartouche ?"),
            Line("customer", 75, "C’est écrit 23."),
            Line("ana", 20, "Parle volontiers français par écrit, préfère être rappelée l’après-midi.", note=True),
            Line("ana", 41, "Merci. Le numéro est le bon. Le voyant clignote à cause d’un dépôt d’encre sur les contacts de l’ancienne cartouche, qui est passé sur le chariot."),
            Line("ana", 60, "Éteignez l’imprimante et débranchez-la. Nettoyez les contacts du chariot avec un coton-tige à peine humide, puis attendez cinq minutes. Remettez la cartouche et rallumez."),
            Line("customer", 640, "Ça marche ! Les couleurs sont revenues. Merci pour votre patience."),
            Line("ana", 25, "Avec plaisir. Bonne journée, Odette !"),
            Solved("ana", 30, "N’imprime plus en couleur après un changement de cartouche, le voyant orange clignote", "Dépôt d’encre sur les contacts du chariot",
                   "Éteindre, nettoyer les contacts du chariot avec un coton-tige à peine humide, attendre cinq minutes, remettre la cartouche", "held"),
        ),
    ),
    Story(
        "jonas-jam", JONAS, "Paper jam light stays on", 61, (13, 15), EDGE, hints=WINDOWS_11,
        supplied={"page": "https://northwind.example/support/laserjet-1020", "product": "LaserJet 1020", "locale": "de-DE", "time_zone": "Europe/Berlin"},
        lines=(
            Line("customer", 0, "Hi, I took the jammed sheet out, but the paper jam light stays on and it refuses to print."),
            Line("bo", 71, "Hello Jonas, I am Bo. Did the sheet come out in one piece?"),
            Line("customer", 33, "One corner was missing, now that you say it."),
            Line("bo", 40, "That explains it: the light stays on because that corner still presses on the paper sensor."),
            Line("bo", 62, "1. Switch the printer off and pull the plug\n2. Open the top cover and lift the toner cartridge out\n3. Look on the right under the green lever; the corner usually hides there\n4. Pull it towards you, put the toner back and close the cover"),
            Line("customer", 300, "Found it, the size of a stamp. The light is off and it prints. Danke!"),
            Line("bo", 20, "Gern geschehen! A photo of that stamp would win our wall of fame."),
            Solved("bo", 45, "Paper jam light stays on after the sheet was removed", "A torn corner presses on the paper sensor",
                   "Switch off, lift the toner out, take the corner out from under the green lever on the right, put the toner back"),
        ),
    ),
    Story(
        "layla-wireless", LAYLA, "الطابعة لا تظهر على الهاتف", 44, (11, 50), GALAXY,
        supplied={"page": "https://northwind.example/ar/support", "product": "OfficeJet 6500", "locale": "ar-JO", "time_zone": "Asia/Amman"},
        lines=(
            Line("customer", 0, "مرحبا، طابعتي لا تظهر في الهاتف عندما أريد أن أطبع، مع أنها تعمل من الحاسوب."),
            Line("bo", 84, "أهلا بك ليلى، أنا بو. هل الهاتف والطابعة على نفس شبكة الواي فاي؟"),
            Line("customer", 66, "الهاتف على شبكة اسمها ينتهي بـ 5G والطابعة على الشبكة الأخرى."),
            Line("bo", 30, "Phone on the 5 GHz network, this model only knows 2.4 GHz. Worth a line on the Arabic page.", note=True),
            Line("bo", 45, "شكرا، هذا هو السبب: لا تظهر الطابعة لأن هذا الطراز لا يرى إلا شبكة 2.4 جيجاهرتز."),
            Line("bo", 50, "1. افتحي إعدادات الواي فاي في الهاتف\n2. اختاري الشبكة التي لا ينتهي اسمها بـ 5G\n3. افتحي الصورة ثم اضغطي على طباعة واختاري الطابعة"),
            Line("customer", 190, "نجح الأمر! شكرا جزيلا لك."),
            Line("bo", 25, "على الرحب والسعة. يوما سعيدا!"),
            Solved("bo", 40, "الطابعة لا تظهر في الهاتف مع أنها تعمل من الحاسوب", "الهاتف على شبكة 5 جيجاهرتز والطابعة لا ترى إلا شبكة 2.4 جيجاهرتز",
                   "اختيار الشبكة التي لا ينتهي اسمها بـ 5G في إعدادات الهاتف، ثم الطباعة من جديد", "held"),
        ),
    ),
    Story(
        "henrik-charged", HENRIK, "Charged twice", 33, (8, 31), UBUNTU,
        supplied={"page": "https://northwind.example/orders/20317", "locale": "en-GB", "plan": "Home"},
        lines=(
            Line("customer", 0, "Good morning, I was charged twice for order 20317. 34.90 appears two times on my card."),
            Line("cy", 66, "Good morning Henrik, I am Cy. I am sorry about that. Let me look at the order."),
            Line("cy", 90, "I see both charges. The second one was caused by a time-out at the card company: the form was sent again."),
            Line("cy", 15, "Order number and both charges match his account. Refund is within my limit.", note=True),
            Line("cy", 48, "I have refunded 34.90 to your card. It will be there in three to five working days, and a receipt is on its way to you."),
            Line("customer", 52, "That was painless. Thank you, Cy."),
            Line("cy", 24, "You are very welcome. Have a good day!"),
            Solved("cy", 30, "Charged twice for one order", "A time-out at the card company; the form was sent again",
                   "Refund the second charge; it arrives in three to five working days", "held"),
        ),
    ),
    Story(
        "tessa-jam", TESSA, "It jams with every envelope", 24, (15, 5), CHROME, hints=WINDOWS_11,
        supplied={"page": "https://northwind.example/support/officejet-6500", "product": "OfficeJet 6500", "serial": "CN4710X9KD", "locale": "en-GB"},
        lines=(
            Line("customer", 0, "Hello! My printer jams with every envelope. Plain paper is fine. I have 80 wedding invitations to send…"),
            Line("bo", 44, "Hello Tessa, I am Bo. Congratulations! Which tray do you put them in, and is the flap open or closed?"),
            Line("customer", 58, "The only tray there is, flap closed and pointing up."),
            Line("bo", 39, "Please set the paper type to Envelope in the print window and load no more than ten at once."),
            Line("customer", 260, "Ten went through without a jam. You have saved my weekend!"),
            Solved("bo", 35, "Jams with every envelope", "Paper type was set to plain paper",
                   "Set the paper type to Envelope, load at most ten at once", "failed"),
            Line("customer", 86_400, "I am back, sorry. The next twenty jammed again, also with the type set to Envelope."),
            Line("ana", 55, "Hello Tessa, Ana here; Bo is off today, and I have read what you two tried. No need to start over."),
            Line("ana", 20, "Bo’s fix held for one batch only, so it is mechanical. 6500 with worn pick rollers?", note=True),
            Line("ana", 61, "It jams because the rubber rollers are dusty and no longer grip the heavier paper. Two things:\n1. Moisten a lint-free cloth with water and wipe the grey rollers while turning them with a finger\n2. Load the envelopes with the flap on the left and facing down, the short side first"),
            Line("customer", 900, "Forty in a row without a single jam! I could hug you."),
            Line("ana", 18, "Keep that hug for the wedding. All the best to you both!"),
            Solved("ana", 30, "Jams with every envelope, also with the paper type set to Envelope", "Dusty rollers do not grip heavy paper",
                   "Wipe the grey rollers with a moist lint-free cloth, load envelopes flap left and down, short side first", "held"),
        ),
    ),
    Story(
        "priya-invoice", PRIYA, "Company name on the invoice", 12, (12, 12), CHROME_MAC, hints=MACOS_14,
        supplied={"page": "https://northwind.example/orders/20988", "locale": "en-GB", "plan": "Business"},
        lines=(
            Line("customer", 0, "Hi, the invoice for order 20988 is made out to me. My accountant says it must not carry my private name but the company’s: Raman Tea Ltd."),
            Line("cy", 59, "Hello Priya, Cy here. Your accountant is right. Shall the address stay as it is?"),
            Line("customer", 41, "Yes, please."),
            Line("cy", 75, "It happened because the shop takes the name from the person who signed in; the company field was empty."),
            Line("cy", 30, "I have corrected the invoice to Raman Tea Ltd and stored the company name, so that the next ones come out right by themselves."),
            Line("customer", 64, "Perfect, I see it in my account already."),
            Solved("cy", 28, "Invoice carries a private name instead of the company’s", "The company field of the account was empty",
                   "Correct the invoice and store the company name in the account"),
        ),
    ),
)  # fmt: skip
