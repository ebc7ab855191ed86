"""How Spanish notes tell of appearances."""

from feeder.model.appearances import Role
from feeder.sources.notes.grammar import Grammar, Head, Proof, Side, alternatives, pattern, words

_MEDIA = words("con en para a al por de del _")
_BY = words("por en de del para a con")
_AT = words("en de del para por ante a al con organizada organizado")
_SAID = r"(?:declaraciones|comentarios?|palabras|opiniones|reflexiones|análisis|valoraciones|opinión)"
_TEXT = r"(?:artículo|columna|tribuna|texto|pieza|ensayo|análisis|libro|capítulo|reseña|informe|nota|ensayo)"

_HEADS = (
    Head(
        pattern(
            r"\bgracias(?= a [^.;]{3,60}? por (?:invitarme|entrevistarme|la invitación|la entrevista"
            r"|la charla|recibirme|citarme))"
        ),
        Role.INTERVIEWED,
        words("a al"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(r"\b(?:fotos?|fotografía|imagen|crédito|ilustración)\b"),
        None,
        words("de del por : _ para"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(r"\b(?:investigadora?|directora?|profesora?|colegas?|trabajo en|leí|leyendo|según)\b"),
        None,
        words("en de del por _ para"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\bme (?:ha |han )?(?:entrevist|pregunt|invit|llam|consult|contact)\w+\b|\b(?:habl(?:ó"
            r"|aron)"
            r"|convers(?:ó|aron)) conmigo\b"
        ),
        Role.INTERVIEWED,
        words("en de del por desde para _"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\bme (?:ha |han )?(?:cit|mencion|recog)\w+\b|\b(?:recog(?:ió|ieron|e|en)|public(?:ó"
            rf"|aron)(?: además| también)?(?: un (?:resumen|extracto) de)?"
            rf"|us(?:ó|aron)|difundi(?:ó|eron)) (?:mis|mi|algunas de mis) (?:{_SAID}|cifras|datos"
            rf"|trabajo"
            rf"|estudio|investigación|informe)\b"
        ),
        Role.QUOTED,
        words("en de del por desde para _"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:reprodujo|reprodujeron|republicó|tradujo|tradujeron|publicó"
            rf"|recogió) (?:al \w+ )?(?:mi|este|esta|el"
            rf"|la|una versión de mi) {_TEXT}\b|\b(?:lo|la) (?:reprodujo|republicó|tradujo|recogió)\b"
        ),
        Role.REPUBLISHED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(pattern(r"\btraducid[oa]s?\b"), Role.TRANSLATED, words("por en para"), proof=Proof.WORK),
    Head(
        pattern(r"\b(?:reproducid[oa]s?|republicad[oa]s?|recogid[oa]s?|reeditad[oa]s?|difundid[oa]s?)\b"),
        Role.REPUBLISHED,
        words("por en"),
        proof=Proof.WORK,
    ),
    Head(pattern(r"\b(?:aparec(?:ió|ieron|en)|sali(?:ó|eron))\b"), Role.QUOTED, _BY, proof=Proof.WORK),
    Head(
        pattern(rf"\b(?:mi|mis|unas|algunas de mis) (?:\w+ )?{_SAID}\b"),
        Role.QUOTED,
        words("en a al para por con"),
        proof=Proof.NONE,
    ),
    Head(pattern(r"\b(?:citad[oa]s?|mencionad[oa]s?)\b"), Role.QUOTED, _BY),
    Head(
        pattern(
            r"\b(?:analic(?:é|emos)|analizamos|coment(?:é|amos)|expliqu(?:é|emos)|debat(?:í|imos)"
            r"|discut(?:í|imos)|abord(?:é|amos))(?= (?:el|la|los|las|un|una|por qué|cómo|su|lo)\b)"
        ),
        Role.INTERVIEWED,
        words("con en para a al por"),
        proof=Proof.NONE,
        takes_topic=True,
    ),
    Head(pattern(r"\b(?:salí|aparecí|aparezco|salgo)\b"), Role.QUOTED, words("en con"), proof=Proof.NONE),
    Head(
        pattern(
            r"\b(?:habl(?:é|amos)|he hablado|hablando|convers(?:é|amos)|he conversado|charl(?:é|amos)"
            r"|he charlado|coment(?:é|amos)|respond(?:í|imos)(?: a (?:las |unas |algunas )?preguntas)?"
            r"|contest(?:é|amos)(?: a (?:las |unas |algunas )?preguntas)?"
            r"|atend(?:í|imos)|estuve|intervine|pasé por|debat(?:í|imos)|expliqué|analicé"
            r"|entrevistad[oa]s?"
            r"|invitad[oa]s?|consultad[oa]s?|conced(?:í|imos)|di(?= una entrevista))\b"
        ),
        Role.INTERVIEWED,
        _MEDIA,
        proof=Proof.NONE,
        topics=pattern(r"(?<=[\ue000\ue001] )(?:del|de)\b"),
    ),
    Head(
        pattern(r"\b(?:entrevistas?|conversación|pódcast|podcast|tertulia)\b"),
        Role.INTERVIEWED,
        words("con en para a al de del"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:ponencia|conferencia|charla|mesa redonda|panel|seminario|debate|coloquio|foro"
            r"|conversatorio|simposio|clase magistral|taller)\b"
        ),
        Role.TALK,
        _AT,
        proof=Proof.NOUN,
    ),
    Head(pattern(r"\bparticip(?:é|amos|ación)\b"), Role.TALK, _AT),
    Head(pattern(rf"\b{_TEXT}s?\b"), None, words("para en de del con por"), proof=Proof.NOUN),
    Head(
        pattern(r"\b(?:escribí|escrit[oa]|publiqué|publicad[oa]|firmo|publico)\b"),
        None,
        words("para en de del con por"),
        proof=Proof.NONE,
    ),
)

SPANISH = Grammar(
    code="es",
    stopwords=words(
        "el la los las del y con sobre en para mi mis un una me que por es esta este al de se tras nueva nuevo también hablé lo su entrevistado entrevistada acerca entrevista citado conversé participé ayer"
    ),
    heads=_HEADS,
    leads=alternatives("con|en|para|a|al|por|de|del|desde|ante|según|entre|como|contra|tras|sobre"),
    articles=pattern(
        r"(?:el|la|los|las|un|una|diario|periódico|revista|cadena|programa|también|luego|después|agencia"
        r"|radio|canal|(?-i:[a-zñáéíóú]+))"
    ),
    and_=pattern(
        r"(?: ?, ?(?:y|e|o)? ?(?:también |luego |después )?| (?:y|e|o|así como|además de) (?:también "
        r"|luego |después )?| ?/ ?| ?; ?)"
    ),
    topics=alternatives(
        r"""(?:acerca|a propósito|con motivo) (?:del|de)
        en torno (?:al|a)|(?:respecto|en relación) (?:al|a|del|de|con)|para hablar (?:sobre|del|de|acerca de)|para (?:analizar|comentar|debatir|discutir)
        sobre|en relación con|analizando|comentando|debatiendo|explicando|hablando (?:sobre|del|de)""",
        after=r"\b(?= )",
    ),
    weak_topics=alternatives(
        r"(?:a raíz|después|luego|a consecuencia) (?:del|de)|tras|ante", after=r"\b(?= )"
    ),
    topic_ends=pattern(
        r" ?[(;]| [–—-]+ |:(?= )|, (?:y |pero )?(?:que|quien|donde|cuando|aunque|un tema|una cuestión"
        r"|con|en|para|a|lo|también|además|disponible|aquí|me)\b"
        r"| (?:y|pero) (?:me|mi|lo|también|hablé|estuve|participé|he|fue|fui)\b| (?:ya "
        r"|también )?(?:está|están|puede|pueden|se puede) (?:aquí|en línea|en la web|verse|leerse"
        r"|escucharse|leer|ver"
        r"|disponibles?)\b| (?:apareci|sali)\w+| (?:fue|fueron|ha sido|han sido)\b"
    ),
    trailing=pattern(
        r",? (?:ayer|hoy|anoche|recientemente|esta (?:mañana|semana|tarde)|la semana pasada"
        r"|el mes pasado|el (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)|también|aquí"
        r"|en directo|en (?:español|inglés|francés|alemán)|y|o|con|en|para|a)$"
    ),
    myself=pattern(r"\b(?:yo|nosotros|me|he|hemos|fui|estuve|di|tuve)\b"),
    others=pattern(
        r"\b(?:él|ella|ellos|colegas?|ministr[oa]|president[ea]|portavoz|canciller|director|quien"
        r"|coautor[ae]?s?)\b"
    ),
    adverbs=pattern(
        r"(?:también|además|luego|después|por último|por otro lado|finalmente|aparte|y|pero|ayer|hoy"
        r"|esta|este|semana|mañana|la|el|los|las|un|una|mi|mis|pasada|pasado|en|al|a|de|del|con|por"
        r"|nueva|nuevo|larga|breve|corta|otra|otro|aquí|di|tuve|dí|he|sido|fui|hice|participé|ofrecí"
        r"|impartí|separado|nuevamente|más|recientemente|se)"
    ),
    cancelled_before=pattern(
        r"\b(?:iba a|debía|tenía que|pensaba|no (?:pude|pudo|hablé|llegué|quise)|finalmente no|casi"
        r"|rechacé|decliné|prevista|previsto)\b"
    ),
    cancelled_after=pattern(
        r"\b(?:cancel(?:ó|ado|ada|aron)|suspendi(?:ó|do|da)|aplaz(?:ó|ado|ada)|no se (?:celebró|emitió"
        r"|publicó|hizo)|nunca se (?:emitió|publicó)|cayó)\b"
    ),
    work=pattern(rf"\b(?:mi|mis|este|esta|{_TEXT})\b"),
    sums_up=pattern(
        r"^(?:(?:El )?tema (?:fue|era|es)|(?:El )?tema:|Se (?:habla|habló) (?:de|del|sobre)|(?:Allí "
        r"|Ahí )?hablamos (?:de|del|sobre))(?= )"
    ),
    again=pattern(r"^(?:y|también|luego|además|así como|igualmente|lo mismo)\b[ ,]*"),
    talk_leads=words("ante"),
)
