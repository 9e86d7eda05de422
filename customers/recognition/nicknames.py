"""Short and pet forms of given names: one group a line, its members stand for one another."""

from __future__ import annotations

_GROUPS = """
abigail abby abbey abbie
alexander alex alec sandy sasha xander alessandro alejandro aleksandar alexandre
alexandra alex lexi sandra sasha alessandra alexa
alfred alf fred
amanda mandy
amelia amy millie emilia
andrew andy drew andreas andre anders
angela angie angelina
ann anne anna annie hannah nan ana anja anya
anthony tony antony antonio anton
antonia toni
barbara barb babs
benjamin ben benny benji
bernard bernie bernhard
bradley brad
caitlin kate kaitlyn katelyn caitlyn
catherine kate katie kathy cathy katherine kathryn cate kit katarina katharina kathrin
charles charlie chuck carl karl carlos
charlotte charlie lottie lotte
christian chris
christina chris tina christine kristina kirsten christy
christopher chris kit topher christoph
claire clare klara clara
daniel dan danny daniele
daniela dani daniella danielle
david dave davy davide
deborah deb debbie debra
dennis denny denis
dominic dom nick dominik
donald don donny
dorothy dot dottie dora
douglas doug
edward ed eddie ted ned eduardo
eleanor ellie nora nell
elizabeth liz lizzie beth betty eliza elisabeth bess elise lisa elsa
ella ellie
emily em emmy emilie
emma em emmy
ethan eth
eugene gene
florence flo flora
frances fran frankie
francis frank frankie francesco francisco franz
frederick fred freddie rick friedrich fritz
gabriel gabe
gabrielle gabby gabi gabriele
geoffrey geoff jeff jeffrey
george georgie georg jorge giorgio georges
georgia georgie georgina
gerald gerry jerry
gregory greg gregor
harold harry hal
harrison harry
henry harry hank heinrich henri enrique
isabella izzy bella isabelle isabel bell
jack john
jacob jake jakob jacques
jacqueline jackie jacqui
james jim jimmy jamie jem diego
jane jenny janet janie
jasmine jas jazz
jennifer jen jenny
jessica jess jessie
joan joanie joanna jo
joanna jo joanne johanna
john johnny jon jack johann johannes juan giovanni jean ian sean ivan
jonathan jon jonny john
joseph joe joey jose josef giuseppe pepe
joshua josh
judith judy
julia julie jules giulia juliet
juliana jules
kenneth ken kenny
kimberley kim kimberly
lachlan lachie
laura laurie lara
lauren laurie
laurence larry lawrence laurie lorenz lorenzo
leonard len lenny leo leonardo
lillian lily lilly lilian
louis lou lewis louie luis luigi ludwig
louise lou luisa
lucas luke luca lukas
lucy lu lucia
madeline maddie maddy madeleine madison
margaret maggie meg peggy greta rita margarita margarete marge margot
maria mary marie mia molly polly
mark marc marcus markus marco
martha marty patty
martin marty martino
mathilda tilly matilda tilda
matthew matt matty matthias mateo matthieu
maximilian max
maxwell max
melanie mel
melissa mel lissa
michael mike mick mickey mikey micky michel miguel michele mikhail
michelle shelly
mitchell mitch
mohammed mohamed muhammad mohammad
natalie nat natalia natasha
nathan nat nate nathaniel
nicholas nick nicky nico nicolas nikolas klaus niklas
nicole nicky nikki nicola
oliver ollie olivier
olivia liv livvy
pamela pam
patricia pat patty tricia trish
patrick pat paddy
paul pablo paolo pavel
peter pete pedro pietro petr pierre
philip phil pip phillip felipe philippe
rachel rach rachael
raymond ray
rebecca becky bec beck rebekah
richard dick rick ricky rich ricardo riccardo
robert bob bobby rob robbie bert roberto
roger rodge
ronald ron ronnie
rosemary rose rosie
ryan ry
samantha sam sammy
samuel sam sammy
sarah sally sara
sebastian seb bastian
sophie sophia sofia
stephanie steph steffi
stephen steve steven stevie stefan stephan esteban
stewart stu stuart
susan sue susie suzie suzanne susanne
tamara tammy tam
theodore ted theo teddy
theresa terry tess teresa tessa
thomas tom tommy tomas
timothy tim timmy
tobias toby
valerie val
vanessa nessa
veronica ronnie vera
victor vic viktor
victoria vicky tori vicki
vincent vince vinny
walter wally walt
wendy gwen gwendolyn
william bill billy will willy liam wilhelm guillermo guillaume
zachary zac zach zack
"""


def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _GROUPS.split("\n"):
        words = line.split()
        for word in words:
            found.setdefault(word, set()).add(words[0])
    return {word: frozenset(groups) for word, groups in found.items()}


#: Each known form with the names it may stand for.
NICKNAMES: dict[str, frozenset[str]] = _groups()
