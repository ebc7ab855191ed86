"""How German notes tell of appearances."""

from feeder.model.appearances import Role
from feeder.sources.notes.grammar import Grammar, Head, Proof, Side, alternatives, pattern, words

_MEDIA = words("mit bei beim in im für auf von vom gegenüber dem der den aus an am _")
_DATIVE = words("mit bei beim in im für auf von vom gegenüber dem der den an am durch")
_AT = words("bei beim an am auf in im der des vor von vom für")
_SAID = (
    r"(?:Kommentare|Einschätzung(?:en)?|Zitate?|Aussagen?|Äußerungen|Gedanken|Stimme|Statement|O-Ton"
    r"|O-Töne|Analysen?)"
)
_TEXT = (
    r"(?:Beitrag|Gastbeitrag|Artikel|Text|Kommentar|Essay|Stück|Kolumne|Analyse|Aufsatz|Bericht"
    r"|Meinungsbeitrag|Rezension|Leitartikel|Buch|Kapitel|Studie|Papier|Blogbeitrag)"
)

# Verbs whose object is the topic: "habe ich die Lage eingeordnet".
_PLACED = (
    r"(?:eingeordnet|einordnen|kommentiert|kommentieren|analysiert|analysieren|erklärt|erklären"
    r"|erläutert"
    r"|erläutern|besprochen|besprechen|diskutiert|diskutieren|bewertet|bewerten|eingeschätzt"
    r"|einschätzen)"
)

_HEADS = (
    Head(
        pattern(
            r"\b(?:danke|dank)(?= (?:an )?(?:den |die |das |der "
            r"|dem )?[^.;]{3,60}? für (?:die Einladung|das (?:\w+ )?(?:Gespräch|Interview)|die Fragen))"
        ),
        Role.INTERVIEWED,
        words("an der dem den _"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:Fotos?|Bild(?=:| stammt| von|nachweis)|Titelbild|Bildnachweis|Abbildung|Illustration"
            r"|Quelle|Grafik)\b"
        ),
        None,
        words("von vom der dem den des _ aus"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:arbeite|arbeitet|tätig|Mitarbeiter(?:in)?|Fellow|Direktor(?:in)?|Redaktion"
            r"|Kolleg(?:e|in"
            r"|en|innen)|gelesen|lese|las|laut|nach Angaben)\b"
        ),
        None,
        words("bei beim der des am an im in von vom _"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:hat|haben|zitierte|befragte|interviewte)(?= (?:auch )?(?:der |die "
            r"|das )?NAME (?:\w+ )?(?:mich|uns|mit mir)\b)"
        ),
        Role.INTERVIEWED,
        words("_ der"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(r"\b(?:Interviews?|Gespräche?) mit mir\b"),
        Role.INTERVIEWED,
        words("_ im in bei beim auf der vom von"),
        Side.BOTH,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:hat|haben) (?:mich|uns)\b(?=[^.;]{0,80}\bzitiert\b)|\bzitier(?:t|en|te|ten) (?:auch "
            r"|dazu |ebenfalls )?(?:mich|uns)\b"
            r"|\b(?:zitier(?:t|en|te|ten)|erwähn(?:t|en|te|ten)|nutzt|nutzte|verwende[nt]|verwendete"
            r"|bringt"
            r"|brachte|druckt|druckte|greift) (?:auch |aus )?(?:mein|unser)(?:e|en|er|em)? (?!Text"
            r"|Artikel"
            r"|Beitrag)"
            rf"|\b(?:brachten?|bringt|hat|haben|druckten?) meine? {_SAID}\b"
        ),
        Role.QUOTED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:hat|haben|hatte|hatten) (?:mich|uns)\b|\b(?:zitier(?:t|en|te|ten)|befragt?en?"
            r"|befragte"
            r"|interviewte|interviewten|fragte|fragten|erwähnt|erwähnte) (?:auch |dazu "
            r"|ebenfalls )?(?:mich"
            r"|uns)\b"
            r"|\b(?:sprach|sprachen|redete|redeten) mit (?:mir|uns)\b|\b(?:hat|haben) (?:auch "
            r"|ausführlich )?mit (?:mir|uns)\b|\bl(?:ud|uden|ädt) (?:mich|uns)\b"
            r"|\bwollte (?:von mir )?wissen\b"
            r"|\b(?:brachte|bringt|hat|haben|druckte) ein (?:Interview|Gespräch) mit mir\b"
        ),
        Role.INTERVIEWED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:hat|haben) (?:ihn|ihm|sie|es|das|meinen|meine|den"
            rf"|mein)\b(?=.{{0,80}} (?:aufgegriffen"
            rf"|übernommen|nachgedruckt|übersetzt|veröffentlicht)\b)|\b(?:übernahm|druckte|übersetzte"
            rf"|griff"
            rf"|übernimmt|druckt) (?:ihn|ihm|sie|es|das|meinen?|mein)(?: {_TEXT})?\b"
        ),
        Role.REPUBLISHED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:nachgedruckt|übernommen|aufgegriffen|zweitveröffentlicht|wiederveröffentlicht"
            r"|erneut (?:erschienen|veröffentlicht)|auch (?:erschienen|veröffentlicht))\b"
        ),
        Role.REPUBLISHED,
        words("von vom bei beim in im durch der dem auf"),
        Side.BOTH,
        Proof.WORK,
    ),
    Head(
        pattern(
            r"\b(?:übersetzt|Übersetzung|auf (?:Deutsch|Englisch|Französisch|Spanisch|Italienisch"
            r"|Russisch"
            r"|Chinesisch|Arabisch)(?= (?:\w+ ){0,3}?(?:bei|beim|in|im|auf|von|vom)\b))\b"
        ),
        Role.TRANSLATED,
        words("von vom bei beim in im durch für"),
        Side.BOTH,
        Proof.WORK,
    ),
    Head(
        pattern(
            r"\b(?:zu Gast|als Gast|(?:war|bin) (?:auch )?(?:ich )?(?:auch )?Gast|Gast(?= (?:bei|beim"
            r"|im|in)\b)|Studiogast|live|im Studio|zu hören|zu sehen"
            r"|war(?: ich)?(?= (?:\w+ ){0,4}(?:bei|beim|im|in|auf) )|aufgetreten)\b"
        ),
        Role.INTERVIEWED,
        words("bei beim im in auf von vom der mit"),
        Side.BOTH,
    ),
    Head(
        pattern(r"\b(?:zitiert|zu Wort gekommen|zu Wort(?: komme(?: ich)?)?|erwähnt)\b"),
        Role.QUOTED,
        _DATIVE,
        Side.BOTH,
    ),
    Head(
        pattern(
            r"\b(?:(?:ein(?:e|en)? )?(?:\w+es |\w+e )?(?:Interviews?|Gespräche?|Statements?) (?:gegeben"
            r"|geführt)|gesprochen|geredet|diskutiert|unterhalten|interviewt|befragt|kommentiert"
            r"|geäußert"
            r"|eingeordnet|erläutert|erklärt|analysiert|beantwortet|gesagt|Auskunft gegeben"
            r"|Rede und Antwort gestanden|Stellung genommen|sprach(?: ich)?|spreche(?: ich)?"
            r"|rede(?:te)? ich"
            r"|diskutier(?:t)?e ich|(?:äußer(?:t)?e|unterh(?:ielt|alte)) ich mich|erklär(?:t)?e ich"
            r"|sag(?:t)?e ich"
            r"|kommentier(?:t)?e ich|beantworte(?:te)?(?: ich)?|gab(?: ich)?|gebe ich|stand(?: ich)?"
            r"|durfte ich|telefoniert|geplaudert|mitdiskutiert|mitdiskutieren|einordnen|kommentieren"
            r"|analysieren|erläutern|besprochen|bewertet|eingeschätzt)\b"
        ),
        Role.INTERVIEWED,
        _DATIVE,
        Side.BOTH,
    ),
    Head(
        pattern(
            r"\bein(?:e[sn]?)?(?: (?:\w+es|\w+e|\w+en|weiteres))?(?= (?:mit|bei|beim|im|in)(?: (?:dem"
            r"|der))? NAME)"
        ),
        Role.INTERVIEWED,
        words("mit bei beim im in der dem"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:Interviews?|Gespräche?|Auftritte?|Statements?|O-Ton|O-Töne|Podcast|Podcastfolge|Folge"
            r"|Radiogespräch|Live-Schalte|Schalte|Streitgespräch)\b"
        ),
        Role.INTERVIEWED,
        words("mit bei beim in im für auf dem der den von vom _"),
        proof=Proof.NOUN,
    ),
    Head(pattern(rf"\b(?:meine?n? |ein(?:e|ige|paar)? ){_SAID}\b"), Role.QUOTED, _MEDIA, proof=Proof.NOUN),
    Head(
        pattern(
            r"\b(?:Vortrag|Vorträge|Keynote|Podiumsdiskussion|Podium|Panel|Diskussion|Rede|Lesung"
            r"|Workshop"
            r"|Seminar|Vorlesung|Impuls|Impulsvortrag|Podiumsgespräch|Tagung|Konferenz|vorgetragen"
            r"|referiert"
            r"|moderiert)\b"
        ),
        Role.TALK,
        _AT,
        proof=Proof.NOUN,
    ),
    Head(
        pattern(rf"\b(?:{_TEXT}e?s?)\b"),
        None,
        words("für in im bei beim von vom mit auf der des dem den"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(r"\b(?:geschrieben|erschienen|veröffentlicht|schrieb(?: ich)?|schreibe(?: ich)?)\b"),
        None,
        words("für in im bei beim von vom auf mit"),
        Side.BOTH,
        Proof.NONE,
    ),
)

GERMAN = Grammar(
    code="de",
    stopwords=words(
        "der die das und mit über zu ich für im in zum zur habe ein eine einen mein meine bei von auch ist nicht den dem des war mich hat wurde zitiert interview"
    ),
    heads=_HEADS,
    leads=alternatives(
        "mit|bei|beim|im|in|für|auf|vom|von|gegenüber|dem|der|den|des|durch|an|am|aus|vor|über|nach|zwischen|laut|gegen|um|wegen|als|unter"
    ),
    articles=pattern(
        r"(?:der|die|das|dem|den|des|einem|einer|ein|eine|einen|meinem|auch|außerdem|ebenfalls|heutigen"
        r"|gestrigen|österreichischen|deutschen|schweizer|Schweizer|öffentlich-rechtlichen|Sender"
        r"|Zeitung|Magazin|Tageszeitung|Nachrichtenagentur|Agentur|Podcast|Radiosender"
        r"|(?-i:[a-zäöü]+)(?:en|er|em))"
    ),
    and_=pattern(
        r"(?: ?, ?(?:und|sowie|oder)? ?(?:auch |dann |bei |beim )?| (?:und|sowie|oder|als auch"
        r"|wie auch) (?:auch |dann |später )?| ?/ ?| ?; ?)"
    ),
    topics=alternatives(
        rf"""(?:erklärt|erläutert|gesagt|dargelegt|geschildert),(?= (?:was|wie|warum|wieso|ob|weshalb|dass)\b)
        (?:habe|hab|durfte|konnte|sollte|darf|kann) (?:ich|wir)(?: auch| heute| gestern| kurz| ausführlich)?(?= (?:die|das|den|einen|eine|ein|Chinas|Russlands|Europas) [^.;:]* {_PLACED}\b)
        zum Thema|zu(?! (?:Gast|Wort|Recht|sehen|hören|lesen|Hause|finden)\b)|zum|zur|über|bezüglich|hinsichtlich|in Sachen|rund um|anlässlich|wegen|angesichts|zu der Frage
        (?:geht|ging) es um|es (?:geht|ging) um|Thema (?:war(?:en)?|ist|sind):?|darüber,""",
        after=r"\b(?= )",
    ),
    weak_topics=alternatives(
        r"nach(?= (?:de[mnr]|eine[mr]|ihre[mr]|seine[mr])\b)|infolge|im Zuge|im Nachgang(?: zu)?"
        r"|in Folge|vor dem Hintergrund|in Reaktion auf|als Reaktion auf|kurz nach",
        after=r"\b(?= )",
    ),
    topic_ends=pattern(
        r" (?:findet|finden|steht|stehen|erschien|erschienen|lesen|hören) (?:sich|in|im|bei|Sie|man)\b|"
        r" und (?:ein(?:e[sn]?)?(?: (?:\w+es|\w+e|\w+en))?|dann|auch) (?:mit|bei|beim|im|in) | ?[(;]"
        r"| [–—-]+ |:(?= )|, (?:und |aber )?(?:die|der|das|den|was|wo|wie|weil|da|während|obwohl"
        r"|nachzu|hier|ich|es|in|mit|bei|für|auch|dazu|außerdem|zudem|zumal|dem|als)\b"
        r"| (?:habe|hab|sprach|war|wurde|konnte|durfte|äußer\w+|erklär\w+|gab) (?:ich|mich)\b| (?:und"
        r"|aber) (?:habe|war|wurde|bin|konnte)\b| (?:ist|sind) (?:hier|jetzt|nun|online)\b"
        r"| zu (?:reden|sprechen|diskutieren|debattieren)\b| (?:aufgegriffen|übernommen|nachgedruckt"
        r"|übersetzt|veröffentlicht|gesprochen|befragt|interviewt|zitiert|geäußert|diskutiert|gegeben"
        r"|beantwortet|unterhalten|eingeordnet|geredet|Auskunft|Stellung|Rede und Antwort|erklärt"
        rf"|kommentiert|erläutert|gehalten|halten|ein Interview|ein paar Fragen|{_PLACED})\b"
    ),
    trailing=pattern(
        r",? (?:gestern|heute|kürzlich|neulich|letzte Woche|vergangene Woche|letzten (?:Monat|\w+tag)"
        r"|am (?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|am Mittwoch|auch|ebenfalls|hier|live"
        r"|auf (?:Deutsch|Englisch|Französisch)|und|oder|sowie|mit|bei|in|im|für|dem|der|an|am)$"
    ),
    myself=pattern(r"\b(?:ich|wir|mich|mir|uns)\b"),
    others=pattern(
        r"\b(?:er|sie|mein(?:e|er)? Kolleg\w+|Kolleg(?:e|in|en|innen)"
        r"|(?<!des )(?<!dem )(?<!den )(?:Kanzler\w*|Minister\w*|Präsident\w*|Sprecher\w*|Chef\w*)"
        r"|Koautor\w*|Mitautor\w*|Ko-Autor\w*|welche[rs]?)\b"
    ),
    adverbs=pattern(
        r"(?:außerdem|zudem|ferner|auch|dann|ebenfalls|heute|gestern|kürzlich|zuletzt|neulich|daneben"
        r"|darüber hinaus|schließlich|und|aber|sowie|wurde|werde|bin|habe|hab|durfte|konnte|war|in|im|am"
        r"|an|zu|Gast|einen?|einem?|einer|eines|ein|eine|mein\w*|der|die|das|dem|den|zum|zur|letzte"
        r"|letzten|vergangene|Woche|Monat|Morgen|Abend|Tag|\w+tag|noch|schon|wieder|erneut|live|hier"
        r"|dort|mehr|weitere[rs]?|neue[rsn]?|kurze[rsn]?|lange[rsn]?|längere[rsn]?|kleine[rsn]?"
        r"|ausführlich\w*|dazu|dazwischen|separat|nebenbei|bei|auf|mit|von|für|zuvor|später|danach"
        r"|teilgenommen|gehalten|Teilnahme|selbst)"
    ),
    cancelled_before=pattern(
        r"\b(?:sollte(?: ich)?|hätte|wollte(?: ich)?|eigentlich|geplante[rsn]?|nicht|kein\w*|fast"
        r"|beinahe|leider nicht|abgelehnt|abgesagte[rsn]?)\b"
    ),
    cancelled_after=pattern(
        r"\b(?:abgesagt|fiel(?: leider| dann| aber| jedoch)* aus|ausgefallen|verschoben|nicht zustande"
        r"|kam nicht|gestrichen|abgelehnt|ab[sz]agen|platzte|geplatzt|nicht gesendet|nie gesendet"
        r"|nie erschienen)\b"
    ),
    work=pattern(rf"\b(?:mein\w*|er|ihn|es|{_TEXT})\b"),
    sums_up=pattern(
        r"^(?:Thema|Gegenstand) (?:war(?:en)?|ist|sind)(?: \w+ls)?:?(?= )|^(?:Es|Darin|Dabei|Jeweils"
        r"|In beiden|Beide Male|In allen)"
        r"(?: \w+)?? (?:geht|ging) es(?: \w+)? um(?= )|^Es (?:geht|ging)(?: \w+)? um(?= )"
    ),
    again=pattern(r"^(?:auch|und|dann|sowie|ebenso|außerdem|ferner|zudem|desgleichen)\b[ ,]*"),
    talk_leads=words("an am vor"),
)
