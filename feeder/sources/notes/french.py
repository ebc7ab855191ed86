"""How French notes tell of appearances."""

from feeder.model.appearances import Role
from feeder.sources.notes.grammar import Grammar, Head, Proof, Side, alternatives, pattern, words

_OF = r"(?:du|des|d['’]|de)"
_MEDIA = words("avec à au aux dans sur chez pour par de du des en _ de_la")
_BY = words("par dans sur à au aux chez pour de du des")
_AT = words("à au aux chez dans en de du des devant par pour")
_SAID = r"(?:propos|commentaires?|remarques?|analyses?|réactions?|réflexions|avis|citations?)"
_TEXT = (
    r"(?:tribune|article|chronique|texte|papier|billet|note|livre|ouvrage|essai|analyse|éditorial"
    r"|contribution|rapport|chapitre|recension|étude)"
)

_HEADS = (
    Head(
        pattern(
            r"\b(?:merci|remerciements|reconnaissante?)(?= (?:\w+ )?(?:à|au|aux) [^.;]{3,60}? (?:de"
            r"|d['’]|pour) ?(?:m['’]avoir|l['’]invitation"
            r"|l['’]accueil|cet (?:échange|entretien)|cette (?:interview|discussion)|me donner))"
        ),
        Role.INTERVIEWED,
        words("à au aux"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(r"\b(?:photo(?:graphie)?s?|crédits?|image|illustration)\b"),
        None,
        words("de du des par : _ pour"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:chercheur|chercheuse|directeur|directrice|professeure?|collègues?|travaille|lu|lisais"
            r"|selon|d['’]après)\b"
        ),
        None,
        words("à au aux chez de du des dans pour _ en"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\bm['’](?:a|ont|avait|avaient)(?: aussi| également)? citée?\b|\bme (?:cite|citent"
            r"|mentionne)\b"
            rf"|\b(?:a|ont) (?:repris|cité|relayé|mentionné|utilisé) (?:mon|ma|mes)"
            rf" (?:{_SAID}|travaux|chiffres|recherches|étude|rapport)\b|\breprend mes {_SAID}\b"
        ),
        Role.QUOTED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\bm['’](?!a (?:fait|permis|donné envie|inspiré|amené|valu|rappelé))(?:a|ont|avait"
            r"|avaient|interroge|interrogent|invite|interviewe"
            r"|interview[ae])(?: (?:aussi|également|longuement|ensuite|donc))?(?: (?:interrogé"
            r"|interviewé"
            r"|cité|invité|demandé|reçu|donné la parole|posé (?:quelques |des )?questions|consacré"
            r"|sollicité"
            r"|appelé|contacté)e?)?\b"
            r"|\bme (?:cite|citent|donne la parole|mentionne)\b"
        ),
        Role.INTERVIEWED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:a|ont) (?:\w+ )?(?:repris|republié|reproduit|traduit|publié) (?:mon|ma|le|la"
            rf"|cette|cet"
            rf"|ce) {_TEXT}\b|\bl['’](?:a|ont) (?:repris|republié|reproduit|traduit)e?\b"
        ),
        Role.REPUBLISHED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(r"\b(?:entretien|interview|conversation) avec moi\b"),
        Role.INTERVIEWED,
        words("_ dans sur à au par de du"),
        Side.BOTH,
        Proof.NONE,
    ),
    Head(
        pattern(r"\btraduit(?:e|s|es)?\b"), Role.TRANSLATED, words("par dans sur chez pour"), proof=Proof.WORK
    ),
    Head(
        pattern(r"\b(?:repris(?:e|es)?|republiée?s?|reproduite?s?|relayée?s?|rediffusée?s?)\b"),
        Role.REPUBLISHED,
        words("par dans sur chez"),
        proof=Proof.WORK,
    ),
    Head(
        pattern(rf"\b(?:mon|ma|mes|quelques) (?:\w+ )?(?:{_SAID}|mots|phrases)\b"),
        Role.QUOTED,
        words("dans à au aux sur pour par chez"),
        proof=Proof.NONE,
    ),
    Head(pattern(r"\b(?:citée?s?|mentionnée?)\b"), Role.QUOTED, _BY),
    Head(
        pattern(
            r"\b(?:j['’]étais|j['’]ai été|je suis(?: aussi)?(?: passée?)?|je serai|je passe|me voici"
            r"|étais|passages? médias?|médias|dans la presse|interventions?)(?: (?:aussi|également"
            r"|ensuite|hier|puis|récemment|ce matin|ce soir|hier soir|cette semaine"
            r"|la semaine dernière))* ?:?(?= (?:NAME|(?:au micro|à l['’]antenne|sur le plateau"
            r"|l['’]invitée?|sur|dans|chez)\b))"
        ),
        Role.INTERVIEWED,
        words(
            "au_micro_de au_micro_du à_l'antenne_de à_l'antenne_du sur_le_plateau_de sur_le_plateau_du dans_les_colonnes_du sur dans chez de du des à au _"
        ),
        proof=Proof.NONE,
    ),
    Head(
        pattern(r"\b(?:parlé|discuté|échangé|débattu|m['’]entretenir|me suis entretenue?|parle|conversé)\b"),
        Role.INTERVIEWED,
        words(
            "avec à au aux sur chez pour dans au_micro_de au_micro_du à_l'antenne_de sur_le_plateau_de dans_les_colonnes_du"
        ),
        topics=pattern(rf"\b{_OF}(?=[ \w])"),
    ),
    Head(
        pattern(
            r"\b(?:répondu(?: à (?:quelques|des) questions| aux questions)?|réponds aux questions"
            r"|interrogée?|interviewée?|questionnée?|sollicitée?|intervenue?|interviens|interviendrai"
            r"|parlerai|passée?|participé"
            r"|donné|accordé|accorde|livré)\b"
        ),
        Role.INTERVIEWED,
        words("avec à au aux dans sur chez pour par de du des en"),
    ),
    Head(
        pattern(r"\b(?:commenté|commente|évoqué|analysé|décrypté|débattu de)\b"),
        Role.INTERVIEWED,
        words("avec à au aux dans sur chez pour"),
        takes_topic=True,
    ),
    Head(
        pattern(r"\b(?:l['’]|un des |une des )?invitée?s?\b"),
        Role.INTERVIEWED,
        words("de du des sur à au aux par chez dans"),
    ),
    Head(
        pattern(
            r"\b(?:entretiens?|interviews?|passages?|échanges?|prise de parole|rencontre|intervention"
            r"|débat|émission|podcast|conversation"
            r"|matinale|plateau|duplex)\b"
        ),
        Role.INTERVIEWED,
        words("avec à au aux dans sur chez pour de du accordé"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:conférence|table ronde|colloque|séminaire|exposé|communication|cours|discours"
            r"|journée d['’]études|leçon)\b"
        ),
        Role.TALK,
        _AT,
        proof=Proof.NOUN,
    ),
    Head(
        pattern(rf"\b{_TEXT}s?\b"),
        None,
        words("pour dans à au aux chez sur avec de du des en"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(r"\b(?:écrit|publiée?|parue?|paraît|signée?|rédigée?)\b"),
        None,
        words("pour dans à au aux chez sur par avec"),
        proof=Proof.NONE,
    ),
)

FRENCH = Grammar(
    code="fr",
    stopwords=words(
        "le la les des du et sur avec pour dans une mon ma mes je j ai un au aux en par est été ce cette l d à que qui de nouvelle aussi cité entretien"
    ),
    heads=_HEADS,
    leads=alternatives(
        "au micro (?:de|du)|à l['’]antenne (?:de|du)|sur le plateau (?:de|du)|dans les colonnes (?:de|du)|avec|à|au|aux|dans|sur|chez|pour|par|de|du|des|d['’]|en|devant|après|selon|entre|comme|contre|sous|depuis"
    ),
    articles=pattern(
        r"(?:le|la|les|l['’]|un|une|des|du|de|aussi|également|ensuite|puis|quotidien|journal|site"
        r"|magazine|micro|matinale|antenne|émission|chaîne|radio|(?-i:[a-zé]+))"
    ),
    and_=pattern(
        r"(?: ?, ?(?:et|puis|ou)? ?(?:aussi |également |ensuite |puis )?| (?:et|ou|ainsi que"
        r"|puis) (?:aussi |également |ensuite )?| ?/ ?| ?; ?)"
    ),
    topics=alternatives(
        rf"""(?:à propos|au sujet|autour|sur la question|sur le thème) {_OF}
        (?:pour|à) (?:parler|discuter|débattre|traiter) {_OF}
        consacrée?s? (?:à|au|aux)|portant sur|qui portait sur|sur|concernant|pour (?:évoquer|commenter|analyser|décrypter|discuter)|quant (?:à|au|aux)""",
        after=r"(?= |(?<=['’])\w)",
    ),
    weak_topics=alternatives(
        rf"""(?:à la suite|au lendemain|dans le sillage|en marge|à l['’]occasion|lors|en raison|au moment) {_OF}
        suite (?:à|au|aux)|après|face (?:à|au|aux)|en réaction (?:à|au|aux)""",
        after=r"(?= |(?<=['’])\w)",
    ),
    topic_ends=pattern(
        r" ?[(;]| [–—-]+ | ?:(?= )|, (?:et |mais )?(?:qui|que|dont|où|ce|c['’]|je|j['’]|à|avec|dans|pour"
        r"|puis|il|elle|on|un sujet|une question|disponible|ici)\b"
        r"| (?:et|mais|puis) (?:je|j['’]|ai|suis|mon|ma|il|elle)\b| (?:est|sont) (?:ici|en ligne"
        r"|disponibles?)\b"
        r"| (?:a|ont) (?:été|ensuite)\b"
    ),
    trailing=pattern(
        r",? (?:hier|aujourd['’]hui|récemment|ce matin|ce soir|la semaine (?:dernière|passée)"
        r"|le mois dernier|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|aussi|également|ici"
        r"|en (?:français|anglais|allemand)|en direct|et|ou|avec|à|dans|pour|sur)$"
    ),
    myself=pattern(r"(?:\bje\b|\bj['’]|\bm['’]|\bme\b|\bmoi\b|\bnous\b)"),
    others=pattern(
        r"\b(?:il|elle|ils|elles|collègues?|ministre|présidente?|chancelier|porte-parole|directeur|qui"
        r"|coauteure?s?)\b"
    ),
    adverbs=pattern(
        r"(?:j['’]ai|j['’]étais|j['’]|ai|été|étais|suis|aussi|également|ensuite|puis|enfin|par ailleurs"
        r"|en outre|de plus|et|mais|hier|aujourd['’]hui|récemment|ce|matin|soir|cette|semaine|la|le|les"
        r"|l['’]|un|une|mon|ma|mes|dernière|dernier|en|au|à|sur|dans|du|de|des|pour|nouvel|nouvelle"
        r"|nouveau|long|longue|court|courte|petit|petite|brève|bref|autre|ici|là|pu|eu|donné|fait"
        r"|participé|participation|intervenu|plusieurs|quelques|direct|grand|grande|lundi|mardi|mercredi"
        r"|jeudi|vendredi|samedi|dimanche|séparément|ailleurs|lors|d['’]|heureux|heureuse|ravi|ravie"
        r"|d['’]avoir|avoir|été|moi|entretemps)"
    ),
    cancelled_before=pattern(
        r"\b(?:devais|aurais dû|aurais|devait|prévue?s?|n['’](?:ai|a|ont|est|étais)(?: \w+)? (?:pas|pu"
        r"|plus)|ne|failli|refusé|décliné|annulée?)\b"
    ),
    cancelled_after=pattern(
        r"\b(?:annulée?s?|reportée?s?|déprogrammée?s?|n['’](?:a|ont) (?:finalement |hélas )?pas eu lieu"
        r"|tombée? à l['’]eau|n['’]a (?:jamais|pas) été (?:diffusée?|publiée?)|supprimée?)\b"
    ),
    work=pattern(rf"\b(?:mon|ma|mes|il|elle|extraits?|version|entretien|{_TEXT})\b"),
    sums_up=pattern(
        r"^(?:Il (?:y )?(?:était|est|a été) question (?:de|du|des)|On (?:y )?(?:parle|a parlé) (?:de"
        r"|du|des)|Au (?:menu|programme) ?:"
        r"|(?:Le )?(?:Thème|Sujet) ?:|Le (?:thème|sujet) (?:était|est))(?= )"
    ),
    again=pattern(r"^(?:et|aussi|puis|ainsi que|de même|également|pareil)\b[ ,]*"),
    talk_leads=words("devant"),
)
