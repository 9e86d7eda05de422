"""The words by which greetings, troubles, causes and steps are told apart, in the languages most often written.

Plain patterns over one sentence. They only prefill a form that a technician reads before it is kept.
"""

from __future__ import annotations

import re


def _starting(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _holding(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


#: What a first message opens with. Followed by at most two words of address: "Hello Ana," "Good morning!"
GREETING = re.compile(
    r"\W*(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|dear|greetings|bonjour|bonsoir|salut|hallo|guten (?:tag|morgen)"
    r"|hola|مرحبا|السلام عليكم|أهلا)(?: there| all| again)?(?:[ ]\w+){0,2}?\s*(?:[,.!:،–-]+\s*|$)",
    re.IGNORECASE,
)

#: Sentences that describe nothing, whoever writes them.
SMALL_TALK = _starting(
    "hello|hi|hey|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|hallo|مرحبا|أهلا|thanks?",
    "thank you|many thanks|merci|danke|شكرا|you(?:'|’| a)re (?:very )?welcome|my pleasure|ok(?:ay)?|yes",
    "no(?! )|sure|great|perfect|wonderful|oui|non|نعم|لا شكر|(?:is )?any(?:one|body) (?:there|here)",
    "are you (?:there|here)|one moment|just a moment|hold on|(?:my|the) name is|sorry|i hope you",
    "(?:can|could) (?:you|somebody|someone|anyone) help|i need (?:some )?help(?: please)?[.!]*$",
    "please help[.!]*$|it(?:'|’)?s me",
)

#: Something is wrong.
TROUBLE = _holding(
    r"\w+n['’]t|not|cannot|never|no longer|nothing|without|error|fail(?:s|ed|ing|ure)?|stop(?:s|ped)?",
    "stuck|jam(?:s|med)?|broken?|crash(?:es|ed)?|freez(?:es|ing)|froze|hang(?:s|ing)?|block(?:s|ed)?",
    "wrong|missing|lost|twice|blank|streaks?|stripes?|faded?|slow|smear(?:s|ed)?|noise|blink(?:s|ing)?",
    "refus(?:es|ed)|unknown|empty|offline|unable|disappear(?:s|ed)?|keeps?|says|asks me|pas|plus|erreur",
    r"impossible|bloqu\w+|refuse|nicht|kein\w*|fehler|لا|لم|ليس|خطأ|عالق\w*|توقف\w*|مشكلة",
)

#: The trouble is still there: what was tried before this was no fix.
STILL_BROKEN = _holding(
    r"still (?:not|no|nothing|the same|says|stops|jams|does|can(?:not|['’]t)|won['’]t|is(?:n['’]t)?|there|get|offline|\w+ing)",
    "no luck|no change|(?:did(?:n['’]t| not)|does(?:n['’]t| not)) (?:help|work|change)",
    r"same (?:thing|error|message|problem|result)|not working|\w+s again|no difference",
    "made no difference|it is back|toujours pas|pareil|ne (?:marche|fonctionne) (?:toujours )?pas",
    "ما زالت?|لم ينجح|لا يزال",
)

#: It works now, whatever else the same message says.
WORKS = _holding(
    "works|working (?:again|now)|fixed|solved|it (?:scans|prints|copies)|that (?:did it|was it|helped)",
    "it did|all good|ça marche|ça fonctionne|résolu|يعمل الآن|نجح الأمر|تعمل الآن",
)

#: The customer refers to an earlier time instead of describing.
SAME_AGAIN = _holding(
    "again|same (?:problem|thing|issue|trouble|error)|as (?:before|last time)|like last time|once more",
    "is back|de nouveau|encore|même problème|wieder|مرة أخرى|نفس المشكلة",
)

_VERBS = (
    "add|allow|attach|change|charge|choose|clean|clear|click|close|connect|copy|delete|disable|disconnect|double-click|download|drag"
    "|empty|enable|enter|exit|fill|fit|flip|follow|forget|go|hold|insert|install|keep|lay|leave|lift|load|lock|log (?:in|out|on|off)|lower|make sure"
    "|move|open|paste|pick|place|plug|power|press|print|pull|push|put|quit|raise|reboot|reconnect|reinsert|reinstall|remove"
    "|rename|repeat|replace|reset|restart|restore|return|rotate|run|save|scan|scroll|select|set|shake|shut|sign (?:in|out)|slide|start"
    "|stop|swap|switch|take|tap|tick|tighten|try|turn|type|uncheck|uninstall|unplug|untick|unlock|update|upgrade|use|visit|wait|wipe"
)
#: A sentence that tells somebody what to do.
STEP = re.compile(
    r"\W*(?:(?:and|then|now|next|first|second|third|finally|lastly|afterwards|once more|after that|after this|please|just|so|ok|okay|great|good"
    r"|perfect|to begin|to fix (?:this|that|it)|(?:could|can|would|will) you|you (?:can|could|need to|should|must|have to)|i(?:'d| would)"
    r" like you to|let(?:'s| us)|try to|all you need to do is|kindly|ensuite|puis|enfin|d[’']abord|alors|ثم|الآن|أولا|بعد ذلك)\b[\s,:]*){0,4}"
    rf"(?:(?:{_VERBS})\b(?! care| a moment| a second)"
    r"|trying\b|(?!avez|pouvez|savez|voulez|voyez|êtes|dites|auriez|chez|assez|rez)\w{2,}ez\b|\w+en Sie\b"
    r"|(?:افتح|افتحي|أغلق|أغلقي|اضغط|اضغطي|أعد|أعيدي|انزع|انزعي|اسحب|اسحبي|شغل|شغلي|أطفئ|أطفئي|نظف|نظفي|اختر|اختاري|ثبت|حمل)(?!\w))",
    re.IGNORECASE,
)
#: The technician has done it themselves.
DONE_BY_US = re.compile(
    r"\W*(?:(?:so|ok|okay|done|right)\W+)?(?:i|we)(?:(?:'|’)ve| have)?(?: just| now| also| already){0,2} "
    r"(?!looked|checked|asked|noted|tried|opened your|wondered|needed|wanted|hoped|passed)"
    r"(?:\w{2,}ed|sent|put|reset|set|made|switched|taken)\b|\W*(?:j[’']ai|nous avons) (?!vu|vérifié|noté)\w+(?:é|is)\b|\W*لقد ",
    re.IGNORECASE,
)
#: What a technician writes to learn something, or to be kind: no part of a fix.
NOT_A_STEP = _holding(
    "tell me|let me|let us know|send me|give me|show me|read me|what (?:do|does|is|are|happens)|which",
    "do(?:es)? (?:you|it)|did (?:you|it|that)|have you|is there|see (?:if|whether)|check (?:if|whether)",
    "how does|feel free|hesitate|come back|write (?:to us )?again|nice day|good day|take care",
    "take your time|bear with|wait (?:a|one|for me|while i)|hold on|one moment|enjoy|in touch",
    "n[’']hésitez|dites-moi|bonne journée|أخبرني|أخبريني|keep me|we are here",
)

#: Before the cause (the part after it is the cause itself), strongest first.
CAUSE_LEADS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:the |main |real )*(?:cause|reason|culprit)(?: of (?:this|that|it))? (?:is|was|seems to be|turned out to be)(?: that)?:? ",
        r"\bcause\s*: ",
        r"\bcaused by ",
        r"\b(?:it )?turn(?:s|ed) out(?: that| to be)? ",
        r"\bdue to ",
        r"\bbecause of ",
        r"\bbecause ",
        r"\bhas to do with ",
        r"\b(?:à cause d(?:e |u |es |[’'])|en raison d(?:e |u |es |[’'])|parce qu(?:e |[’'])|la cause est )",
        r"\bweil |\bwegen ",
        r"(?:بسبب|لأن|السبب هو) ?",
    )
)
#: A sentence that as a whole says why.
CAUSE_WHOLE = _holding(
    "that(?:'|’| i)s why|which is why|this happens when|comes from|is to blame|the problem is that",
    "vient d(?:e|u|es)|c[’']est pourquoi|liegt an",
)
#: Reasons for asking, not for the trouble.
NO_CAUSE = _holding(
    "i ask|asking because|just because|only ask|i(?:'m| am) (?:sorry|glad|happy)|because i ",
)
