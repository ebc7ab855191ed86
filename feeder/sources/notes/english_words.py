"""Words that the heads of English share."""

import re

from feeder.sources.notes.grammar import words

SOME = r"(?:some|a few|a couple|bits|parts|one|much|a lot|a bit)(?: of)?"
MY = rf"(?:{SOME} )?(?:my|our)(?: \w+){{0,2}}"
SAID = (
    r"(?:comments?|thoughts?|views?|take|remarks?|quotes?|reactions?|analysis|assessments?|insights?"
    r"|opinions?"
    r"|two cents|tuppence|observations?|lines?|sentences?|reflections?|words|input|perspective"
    r"|commentary|soundbites?|musings)"
)
DONE = (
    r"(?:research|work|findings|figures|numbers|data|report|paper|book|study|talk|presentation"
    r"|lecture|argument)"
)
TEXT = (
    r"(?:pieces?|articles?|op-?eds?|essays?|columns?|posts?|texts?|blogs?|commentary|commentaries"
    r"|letter|story)"
)

MEDIA = words("to with for on in by from at via including such_as among_them notably _")
IN = words("in by on for with at from over")
BY = words("by on in for with at")
AT = words(
    "at for by to in on before convened_by sponsored_by arranged_by co-hosted_by put_on_by moderated_by hosted_by organised_by organized_by run_by from"
)

# "CNN: tariffs", "CNN – tariffs", in a list.
COLON = re.compile(r"(?<=[\ue000\ue001])(?::| [–—-])(?= )")
# What one does with an outlet that is no appearance.
OTHER_VERBS = (
    r"wrote|write|writing|written|read|reading|work|works|worked|working|argue[sd]?|publish\w*"
    r"|pitch\w*|submit\w*|subscribe\w*|sent|send|look\w*|review\w*|edit\w*|co-?\w+|found|saw|heard"
    r"|watch\w*|listen\w*|like|liked|love|loved|prefer\w*|think|thought|know|knew|study|studied"
    r"|pen|penned|link\w*|refer\w*|moved?|belong|teach|taught|stud\w+|trained?|agree\w*"
    r"|disagree\w*|objected|complain\w*|reli?ed|rely|owe|owed|noticed?|learn\w*|hope|hoped"
    r"|want\w*|need\w*|tried|try|mean|meant|turned|declin\w+|refus\w+|cancel\w+|miss\w*|visit\w*"
    r"|left|quit|interned|happened|recommend\w*|put|set|start\w*|began|finish\w*|inspired|adapted"
    r"|commissioned|posted|reposted|originally|sourced|courtesy|according|thanks|taken|translat\w*"
    r"|dear|following|featuring|seen|cheered|respond\w* to (?:an?|the)|join\w* (?:the )?NAME|based"
    r"|supposed|tend"
)
NO_VERBS = r"a|an|the|no|not|never|nearly|almost|in|on|at|with|for|of|fellow|head|grateful|indebted|due"
