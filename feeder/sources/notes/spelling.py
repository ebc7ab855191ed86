"""How outlets are spelt: what shows that a name is one or is none, and what may stand around it."""

import re

_MEDIUM = (
    r"(?:programme|program|show|podcast|blog|magazine|newspaper|website|site|series|section"
    r"|newsletter|channel|service"
    r"|desk|radio|television|tv|online|Sendung|Podcast|Magazin|émission|matinale|revista|programa)"
)
# "BBC Radio 4's Today programme", "the Financial Times Beyond BRICS blog", "Reuters TV".
EXTENSION = re.compile(
    rf"['’]s?(?: (?!and\b|of\b|on\b|in\b|for\b)[\w-]+){{0,4}}? {_MEDIUM}\b(?!['’])"
    rf"|['’]s?(?: (?:& )?(?!I\b)[A-ZÀ-Þ][\w-]*){{1,4}}"
    rf"|(?: (?!I\b|\w+day\b|Photo|Jan|Feb|Mar\w+ \d|Apr|Jul|Aug|Sep|Oct|Nov"
    rf"|Dec)[A-ZÀ-Þ][\w-]*){{0,4}} {_MEDIUM}\b(?!['’])"
    rf"|(?: (?!I\b|Ich\b|\w+day\b)[A-ZÀ-Þ][\w-]*){{1,3}}(?=[,.;)]| (?:and|on|about|in|to|for)\b)"
)
POSSESSIVE = re.compile(r"['’]s?\b")
OPENING, CLOSING = "\"“”„«‘'‹", "\"“”»’'›"

_CAPITAL = r"[A-ZÀ-Þ][\w&-]*(?:[.'’/][\w&-]+)*"
SEQUENCE = re.compile(
    rf"{_CAPITAL}(?:(?: (?:of|for|de|del|de la|de los|du|des|der|für|the|of the|&"
    rf"|d['’]))? ?{_CAPITAL}| \d+)*"
    rf"(?: (?:conference|summit|forum|festival|congress|symposium|workshop|dialogue|seminar|podcast"
    rf"|programme|show|newspaper|magazine"
    rf"|radio|wire|press agency wire|news agency|agency))?"
)
IS_MEDIUM = re.compile(
    r"\b(?:Times|Post|News|Radio|TV|Television|Journal|Herald|Tribune|Gazette|Chronicle|Magazine"
    r"|Review|Daily|Press|Agency|Podcast"
    r"|Show|Network|Channel|Broadcasting|FM|Telegraph|Mail|Observer|Monitor|Courier|Mirror|Globe"
    r"|Examiner|Inquirer|Sentinel|Dispatch"
    r"|Bulletin|Weekly|Wire|Insider|Report|Reporter|Today|Standard|Argus|Echo|Star|Sun|Voice|Live"
    r"|Online|Digest|Quarterly|Advertiser"
    r"|Zeitung|\w*zeitung|\w*blatt|Anzeiger|\w*anzeiger|Rundschau|Nachrichten|Kurier|Bote|\w*funk"
    r"|Presse|Morgenpost|Allgemeine"
    r"|Courrier|Quotidien|Gazette|Dépêche|Écho|Tribune|Nouvelles|Diario|Periódico|Noticias|Voz"
    r"|Heraldo|Prensa|Correo|Gaceta|Revista|Cadena"
    r"|Corriere|Gazzetta|Giornale|Dagblad)\b|\b(?:podcast|programme|newspaper|magazine|radio|agency"
    r"|wire)$|\.(?:com|org|net|uz|kg|kz|ru|ge|tv|fm|co|io)$"
)
IS_SHOW = re.compile(r" (?:podcast|programme|show)$")
IS_GATHERING = re.compile(
    r"\b(?:conference|summit|forum|festival|congress|symposium|dialogue|seminar|workshop|conference"
    r"|University|College|Institute|Institut|School"
    r"|Academy|Society|Club|Foundation|Stiftung|Council|Center|Centre|Conference|Forum|Festival"
    r"|Summit|Dialogue|Universität|Hochschule"
    r"|Akademie|Université|Universidad|Instituto|Fundación|Fondation|Museum|Library|House|Casa"
    r"|Association|Union|Seminar|Symposium|Parliament|Senate|Ministry|Department|Embassy|Pentagon"
    r"|Treasury|Bundestag|Office|UN|NATO|Court|Bank)\b",
    re.IGNORECASE,
)
NO_OUTLET = re.compile(
    r"\b(?:Minister\w*|Ministry|Committee|Parliament|Senate|Congress|Government|Commission|Police"
    r"|President\w*|Professor|Dr|Mr|Mrs|Ms|Sir|Lord"
    r"|Lady|King|Queen|Prince|General|Ambassador|Chancellor|Secretary|Governor|Mayor|Department"
    r"|Embassy|Army|Navy|House|Commons|Lords|Cabinet|Treasury|Pentagon|Fund|Party|Bank|Court|Office"
    r"|Council"
    r"|University|College|EU|UN|NATO|UK|US|USA|ISIS|ISIL|MPs?|MEPs?|CEO|London|Paris|Berlin|Brussels"
    r"|Washington|Moscow|Beijing|Europe|Asia|Africa"
    r"|America|Britain|Germany|France|Spain|China|Russia|Ukraine|Iran|Iraq|Syria|India|Twitter"
    r"|Facebook|LinkedIn|YouTube|Zoom|Skype|X|Instagram"
    r"|Substack|English|German|French|Spanish|Chinese|Arabic|Russian|Covid|Brexit|I|My|The|It|This"
    r"|Parlament|Bundestag|Minister\w*)\b"
)
# What may stand between the names of a list: "X (in German), Y on Monday and Z".
BETWEEN = re.compile(
    r"(?: \((?:(?:in|auf|en|via) [\w-]+|video|audio|here|link|paywall\w*|live|print|online|podcast"
    r"|radio|hier|ici|aquí)\)|,? of all (?:places|people|things)(?=,)"
    r"| on \w+day(?: (?:morning|night|evening|afternoon))?"
    r"| (?:yesterday|today|this morning|tonight)| am \w+(?:tag|woch))+"
)
DETERMINERS = re.compile(
    r"(?:(?:the|a|an|der|die|das|dem|den|le|la|les|el|los|las|il|also|auch|aussi|également|también"
    r"|then|later|both|l['’]|today['’]s|even|yesterday['’]s) ?)*",
    re.IGNORECASE,
)
# "Jane Harkness of the Financial Times", "the nice people at Monocle", "Kazakhstan's Vlast": who or what stands
# before an outlet's name belongs to it.
PEOPLE = re.compile(
    r"(?:\b(?!(?:Mit|Bei|Von|Für|In|With|To|By|From|Spoke|Talked|Avec|Con|Par|Por|On"
    r"|At)\b)(?:[A-ZÀ-Þ][\w.'’-]+ ){1,3}[A-ZÀ-Þ][\w.'’-]+,? "
    r"|\b(?:(?:[Tt]he|[Aa]|[Mm]y|some|our|eine[mrn]?|une?|una|los|les|der|die) )?(?:(?!(?:with|to|by"
    r"|from|at|in|on|mit|von|avec|par|con|por)\b)[\w-]+ ){0,2}(?:people|folks?|team|friends?|guys"
    r"|journalists?|reporters?|crew|hosts?"
    r"|editors?|producers?|correspondents?|columnists?|Journalist\w*|Redakteur\w*|Kolleg\w+"
    r"|journalistes?|periodistas?|amis|equipo|équipe) (?:[A-ZÀ-Þ][\w.'’-]+ ){0,3})"
    r",? ?(?:of|at|from|over at|von|vom|bei|beim|de|du|del|à|en) (?:(?:the|der|dem|la|le|el|les|los) )?$"
)
DAY = re.compile(
    r" (?:on|for|of) (?:\w+day|January|February|March|April|May|June|July|August|September|October"
    r"|November|December)$"
)
# "Morning Joe on MSNBC", "Markus Lanz im ZDF".
AIRED = re.compile(r" (?:on|at|from|im|in der|bei|sur|à|en) (?:the |der |la |el )?")
# "the Danish daily X": the words before the name say what it is.
KIND = re.compile(
    r" (?:daily|weekly|monthly|newspaper|paper|magazine|broadcaster|public broadcaster|outlet|website"
    r"|news agency"
    r"|news site|radio station|station|channel) [A-ZÀ-Þ]"
)
# "this week's issue of the Economist": the part of an outlet that is told belongs to its name.
PART = re.compile(
    r"\b(?:the|a|an|this|today['’]s|yesterday['’]s|this week['’]s|last week['’]s"
    r"|this month['’]s) (?:[\w-]+ ){0,2}(?:issue|edition"
    r"|episode|pages?|front page|website|letters page|programme|app|newsletter|airwaves|studios?"
    r"|bureau|desk) (?:of|at) (?:the )?$"
)
PLACE = re.compile(
    r"\b(?:[Tt]he |[Aa]n? )?[A-ZÀ-Þ][\w-]+ (?:daily|weekly|monthly|newspaper|paper|magazine"
    r"|broadcaster|public broadcaster|outlet|website|news agency|news site|radio station|station"
    r"|channel) $"
    r"|\b[A-ZÀ-Þ][\w-]+(?: [A-ZÀ-Þ][\w-]+)?['’]s? $"
)
# "to a number of outlets (X, Y and Z)", "in several papers, including X".
UNNAMED = re.compile(
    r"(?P<lead>\b(?:to|with|by|in|for|on|from|mit|bei|von|in|avec|par|dans|à|con|en|por"
    r"|a)) (?:[\w-]+ ){0,5}"
    r"(?:outlets?|media|papers?|newspapers?|stations?|channels?|broadcasters?|journalists?"
    r"|publications|places|others|sites|websites|aggregators|titles|networks|shows|podcasts|magazines"
    r"|blogs|organi[sz]ations|press|podcasts|wires|agencies|programmes"
    r"|Medien|Zeitungen|Sendern?|médias|journaux|chaînes|medios|periódicos|diarios)(?: [\w-]+){0,3}?"
    r"(?:,? ?\(| ?:|,|,? [–—-])? ?(?:including|incl\.|such as|like|among them|from|namely|e\.g\."
    r"|darunter|etwa|wie|notamment|dont|como|entre ellos|incluyendo)?"
    r" ?(?:the |der |dem |die |la |le |el |les )?$",
    re.IGNORECASE,
)
