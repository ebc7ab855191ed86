"""The words by which English notes tell of appearances, and of what is none.

Where two overlap, the one that comes first counts, if it tells of the author.
"""

from feeder.model.appearances import Role
from feeder.sources.notes.english_subjects import SUBJECTS
from feeder.sources.notes.english_words import AT, BY, COLON, IN, MEDIA, MY, NO_VERBS, OTHER_VERBS, SAID, TEXT
from feeder.sources.notes.grammar import Head, Proof, pattern, words

_AUTHORS = (  # What the author said.
    Head(
        pattern(
            r"\b(?<!earlier )(?<!original )(?<!previous )(?<!first )(?<!shorter )(?:extracts?"
            r"|excerpts?|version|summary)\b(?: [\w-]+){0,3}? (?:ran|appeared|appears|published"
            r"|is|are|was|were|out)\b"
        ),
        Role.REPUBLISHED,
        words("in by on at for"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b{MY} (?:remarks|speech|intervention|comments)\b(?= (?:at"
            rf"|to) (?:[\w'’]+ ){{0,6}}(?:conference|summit|forum|workshop|seminar|symposium|congress"
            rf"|dialogue|meeting)\b)"
        ),
        Role.TALK,
        words("at to"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(rf"\b{MY} (?:comments?|quotes?|remarks|interview)\b(?= for\b)"),
        Role.QUOTED,
        words("for"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(r"\bguests?\b(?= (?:on|of|at|with)\b)|\bpanel(?= of (?:the )?NAME)"),
        Role.INTERVIEWED,
        words("on of with"),
    ),
    Head(
        pattern(
            r"\bI(?:['’]m| am| was)(?: \w+ly| also)?(?= in (?:the )?NAME)|\bI (?:\w+ly "
            r"|also )?(?:comment|talk|speak|spoke|chat)\b|(?<!from )(?<!by )(?<!of )\bme (?=(?:on"
            r"|in) (?:[\w'’]+ ){0,2}NAME)|\bhere(?:['’]s me| I am| is me| are (?:a few"
            r"|some) (?:comments|quotes))\b(?= (?:\w+ )?(?:on|in|with|for|to)\b)"
        ),
        Role.INTERVIEWED,
        words("in on with for to at"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b{MY} {SAID}\b|\b(?:some |a few |a couple of )?(?:\w+ )?{SAID} (?:from|by"
            rf"|of) (?:me|mine"
            rf"|yours truly)\b"
            rf"|\b{SAID} (?:that )?I (?:\w+ )?(?:made|gave|offered|provided|shared)\b"
        ),
        Role.QUOTED,
        MEDIA - {"for"},
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:have|had|got|get|has)(?: also)? (?:(?:a|an|some|one|another|few|couple of|short|brief"
            r"|a few|a couple of) )+(?:\w+ )?(?:lines?|quotes?|comments?|mention|thoughts|words|say"
            r"|cameo"
            r"|clip|soundbites?)\b"
            rf"|\b(?:gave|giving|offered|offering|provided|providing|shared|sharing|contributed"
            rf"|contributing"
            rf"|made|supplied|added)"
            rf" (?:(?:some|a|an|a few|a couple of|my|several|brief|short|various) )*(?:\w+ )?{SAID}\b"
            rf"|\bcommented\b|\bcommenting\b|\bweighed in\b|\bweighing in\b"
            rf"|\bopined\b|\bcontribut(?:ed|e|ing)(?= to)|\bexplained\b|\bhelped(?: out)?(?= (?:with "
            rf"|the )*NAME)"
        ),
        Role.QUOTED,
        MEDIA,
    ),
    Head(
        pattern(
            rf"\b(?:(?:some|a few|a couple of|more|short|brief|quick) )?(?:\w+ )?{SAID}(?= (?:to|in"
            rf"|for|on"
            rf"|by|regarding|about)\b)"
        ),
        Role.QUOTED,
        MEDIA,
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:quoted|cited|mentioned|referenced|profiled|name-?checked|featured|featuring"
            r"|featur(?:e"
            r"|es))\b(?! (?:the|his|her|their|him|them|speakers?|prominently)\b)"
            r"|\b(?:popped up|popping up|turned up|turning up|ended up|cropped up|made it|making it"
            r"|made an appearance|made a brief appearance|got a mention|get a mention|got quoted"
            r"|get quoted"
            r"|snuck)\b(?! (?:to|being)\b)"
        ),
        Role.QUOTED,
        IN | words("at to into"),
    ),
    # Conversations.
    Head(
        pattern(
            r"\b(?:walked|walking|talked|talking|took|taking|guided"
            r"|led)(?= (?:[\w'’]+ ){0,5}NAME through\b)"
        ),
        Role.INTERVIEWED,
        words("_ on at"),
        topics=pattern(r"\bthrough\b"),
    ),
    Head(
        pattern(
            r"\b(?:part of|took part in|involved in|participated in"
            r"|contributed to)(?= (?:[\w'’]+ ){0,3}NAME)"
        ),
        Role.INTERVIEWED,
        words("_"),
    ),
    Head(
        pattern(
            r"\b(?:did|held|had|doing) an? (?:\w+ )?(?:event|session|discussion|webinar|talk"
            r"|panel)(?= with (?:the )?NAME)"
        ),
        Role.TALK,
        words("with"),
    ),
    Head(
        pattern(
            r"\b(?:write-ups?|mentions?|name-checks?|coverage|pick-?up|press"
            r"|attention)(?= (?:\w+ly )?(?:in|by|from|on|including)\b)"
        ),
        Role.QUOTED,
        words("in by from on including"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:another|an? (?:\w+ )?one)(?= (?:with|on) (?:the )?NAME)"
            r"|\ban? (?:\w+ )?one(?= for (?:the )?NAME)|\bone(?= (?:with|on) (?:the )?(?:NAME"
            r"|(?-i:[A-Z])))"
            r"|\ban? (?:rather |much |somewhat |slightly )?(?:longer|shorter|similar|briefer|second"
            r"|further|different|related) one\b"
        ),
        Role.INTERVIEWED,
        words("with on for to in"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:hear|watch|see|listen to) me (?:explain|discuss|debate|talk about|speak about|unpack"
            r"|dissect|argue about)\b"
        ),
        Role.INTERVIEWED,
        words("to on with for in at"),
        proof=Proof.NONE,
        takes_topic=True,
    ),
    Head(
        pattern(
            r"\b(?:hear|find|catch|watch|see|read|listen to|had) me,? (?:[^,;.]{3,30}, "
            r"|(?:\w+ ){0,3}?)(?=(?:on|in|at|with)\b)"
        ),
        Role.INTERVIEWED,
        words("on in with at"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:talk(?:ed|ing|s)?|chatt(?:ed|ing))(?= (?!(?:to|with|about|on|through|at|for|over"
            r"|of|in|by|again|the|me|via|some|from|up)\b)"
            r"[\w-]+(?: [\w-]+){0,3}? (?:with|on|to) (?:the )?NAME)"
        ),
        Role.INTERVIEWED,
        words("with on for at in to"),
        takes_topic=True,
    ),
    Head(
        pattern(
            r"\b(?:spoke|spoken|speak|speaking|talked|talking|talk(?= (?:to|with)\b)|chatted|chatting"
            r"|conversed|sat down|sitting down|caught up|catching up)\b"
        ),
        Role.INTERVIEWED,
        words("to with for on at by via hosted_by organised_by organized_by"),
    ),
    Head(
        pattern(r"\b(?:discussed|discussing|debated|debating)\b"),
        Role.INTERVIEWED,
        words("with on for at in to"),
        takes_topic=True,
    ),
    Head(
        pattern(
            r"\b(?:interviewed|questioned|grilled|asked|quizzed|approached|contacted|called|consulted"
            r"|invited|hosted(?! by)|put on the spot|rung up|phoned)\b(?=(?: \w+){0,4} (?:by|on|for"
            r"|in|with"
            r"|onto)\b)"
        ),
        Role.INTERVIEWED,
        BY | words("onto"),
    ),
    Head(
        pattern(
            r"\b(?:was|am|were|been|be|being|went|going|go|gone|live|back|guest(?:ed|ing)?|appeared"
            r"|appearing|appear|up|pleasure to be|featured)(?: \w+){0,2}? (?=(?:on|onto)\b)(?!on (?:a"
            r"|the"
            r"|this) (?:\w+ )?panel)(?=on(?:to)? (?:[\w'’]+ ){0,4}NAME)"
            r"|\b(?:appeared|appearing|appear)\b|\b(?:did|done|doing|do)(?= (?:the )?NAME)"
            r"|^(?:also |and |live |back )*(?=on (?:the )?NAME)"
        ),
        Role.INTERVIEWED,
        words("on onto in at with for _"),
    ),
    Head(
        pattern(
            r"\bjoin(?:ed|ing)?(?= (?:[\w'’]+ ){0,8}NAME)(?!(?: \S+){0,8} as an?\b)"
            r"|\bsaid(?= to (?:[\w'’]+ )?NAME)"
            r"|\btold(?= (?:[\w'’]+ ){0,2}NAME)|\bjoin(?:ed|ing)?(?= (?:\S+ ){1,6}(?:podcast"
            r"|programme|program"
            r"|show)\b)"
        ),
        Role.INTERVIEWED,
        words("_ on at of from to for with by hosted_by run_by organised_by organized_by"),
    ),
    Head(
        pattern(
            r"\b(?:fielded|fielding|answered|answering|took|taking|got|had|received|responded to"
            r"|responding to|replied to|handled)(?: (?:some|a few|a couple of|several|many|various"
            r"|lots of"
            r"|the|more|quick|his|her|their|[\w'’]+))*? (?:questions?|calls?|queries|enquiries|inquiries"
            r"|e-?mails?)\b"
            r"|\b(?:did|done|doing|do) (?:[\w-]+ ){0,4}(?:radio|tv|television|media|press|broadcasts?"
            r"|telly)\b"
            r"|\b(?:a )?(?:few )?words? with\b(?=.)|\bgave (?=(?:the )?NAME)"
            r"|\bspent (?:\w+ ){1,5}(?=(?:with"
            r"|on|at|in)\b)"
        ),
        Role.INTERVIEWED,
        MEDIA,
    ),
    Head(
        pattern(
            r"\b(?:interviews?|conversations?|chats?|q ?& ?as?|exchange|podcasts?|episodes?|segments?"
            r"|hits?"
            r"|slots?|soundbites?|sit-down|phone-in|guest spot|appearances?|word|discussions?|livestream"
            r"|recording|broadcast|clips?|videos?(?= (?:for|with|on)\b)|pre-?records?|pre-?recorded"
            r"|cameos?|back-and-forth|natter|two-way|call-in|hour|airing)\b"
        ),
        Role.INTERVIEWED,
        MEDIA - {"from"},
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"(?:^|(?<=[.;] ))(?:quotes?|quoted|quoted in|comments?|cited|print|in print"
            r"|in (?:the )?(?:papers|press)|on paper|mentions?)(?: \w+)?: "
        ),
        Role.QUOTED,
        MEDIA,
        proof=Proof.NONE,
        topics=COLON,
    ),
    Head(
        pattern(
            r"(?:^|(?<=[.;] ))(?:talks?|lectures?|panels?|keynotes?|speaking|events?|conferences?"
            r"|webinars?)(?: \w+)?: "
        ),
        Role.TALK,
        MEDIA | words("at"),
        proof=Proof.NONE,
        topics=COLON,
    ),
    Head(
        pattern(
            r"(?:^|(?<=[.;] ))(?:interviews?|interviewed|radio|on air|on (?:the )?(?:radio|screen"
            r"|airwaves|tv|telly|wireless)|tv|television|podcasts?|video|audio|broadcast|live|also"
            r"|elsewhere|otherwise|besides|in addition|plus"
            r"|media|press|appearances?)(?: \w+)?: "
        ),
        Role.INTERVIEWED,
        MEDIA,
        proof=Proof.NONE,
        topics=COLON,
    ),
    Head(
        pattern(
            r"\b(?:(?:elsewhere )?in the (?:media|press|news)|(?:media|press|broadcasting|interviews"
            r"|radio"
            r"|tv|television|coverage|commentary|comment|soundbites|airtime)(?: [\w'-]+){0,10}|elsewhere"
            r"|quoted|appearances|talks?)(?: this week| this month| lately| recently| too)?(?::| [–—-] )"
        ),
        Role.INTERVIEWED,
        MEDIA,
        proof=Proof.NONE,
        topics=COLON,
    ),
    # Talks.
    Head(
        pattern(
            r"\b(?:delivered|presented|gave|giving|delivering|presenting) (?:an?|the|my|our"
            r"|some)(?: \w+)? (?:papers?|findings|results|work"
            r"|research)(?= (?:\w+ ){0,4}(?:at|to)\b)"
        ),
        Role.TALK,
        AT,
    ),
    Head(
        pattern(
            r"\b(?:(?:panels?|panel discussion|(?<!peace )(?<!trade )(?<!ceasefire )(?<!to )talk"
            r"|lectures?"
            r"|keynotes?|presentations?|seminars?|speech|roundtables?|round-table|workshop|webinars?"
            r"|fireside chat"
            r"|masterclass|book launch|launch event|launch|testimony|evidence|briefing|debate|plenary"
            r"|remarks|guest lecture|event))\b(?! (?:deal|about to|by (?:the|a)\b))"
        ),
        Role.TALK,
        AT | words("with"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:presented|presenting|brief(?= \w+ (?:at|from|on)\b)|present(?= (?:it|this|the|our"
            r"|my|some|on)\b)|lectured|lecturing|moderated|moderating|chaired|chairing|keynoted"
            r"|testified|panell?ist|addressed|addressing|briefed)\b"
        ),
        Role.TALK,
        AT | words("_"),
    ),
    # Texts that travelled on.
    Head(
        pattern(
            r"\b(?:(?:got|gets|getting|received|had|has had) (?:(?:some|a bit of|a little|more|good|nice"
            r"|further) )*(?:coverage|press|attention|pick-?up|a write-up|a mention)"
            r"|covered|written up|(?<!as )reported(?: on)?|noticed|discussed"
            r"|used)\b(?= (?:\w+ ){0,2}?(?:in|by|on|from)\b)"
        ),
        Role.QUOTED,
        words("in by on from"),
        proof=Proof.WORK,
    ),
    Head(
        pattern(
            r"\b(?:translated|translation)\b|\b(?:available|out|up|online|appeared|appears|published"
            r"|readable|read|runs|ran|live)(?: (?:it|now|also|too))? in (?:Spanish|German|French|English"
            r"|Italian|Chinese|Arabic|Russian|Turkish|Portuguese|Dutch|Japanese|Polish|Farsi|Persian"
            r"|Hindi)\b"
        ),
        Role.TRANSLATED,
        words("by in at on for via from with thanks_to courtesy_of"),
        proof=Proof.WORK,
    ),
    Head(
        pattern(
            r"\b(?:re-?published|reprinted|reproduced|syndicated|cross-?posted|re-?posted|re-?run"
            r"|picked up"
            r"|carried|excerpted|adapted|seriali[sz]ed|re-?printed|taken up|got picked up"
            r"|also (?:appeared"
            r"|ran|runs|published))\b"
        ),
        Role.REPUBLISHED,
        words("by in at on for to via"),
        proof=Proof.WORK,
    ),
    # Whatever the author did with an outlet.
    Head(
        pattern(
            r"\b(?:I|we)(?:['’]m|['’]ve| am| was| have| had| did| got| will be)?(?: \w+ly| also| then"
            r"| again| even| both| recently| back| happy to| able to| asked to"
            r"| lucky enough to)*"
            rf" (?!(?:{OTHER_VERBS}|{NO_VERBS})\b)"
            r"[a-z]\w+(?: (?!about\b|on\b|that\b|and\b|but\b|of\b|piece\b|article\b|essay\b|column\b"
            r"|op-ed\b|post\b|text\b|book\b|chapter\b|report\b)[a-z][\w'’-]*){0,5}?(?= (?:to|on|with"
            r"|for) (?:the )?NAME)"
            rf"|^(?:(?:also|and|then|later|again|but|separately|earlier|finally|plus|meanwhile"
            rf"|elsewhere|just|even),? )*(?!(?:{OTHER_VERBS}|{NO_VERBS})\b)"
            r"[a-z]+(?:ed|ing|ook|ave|ame|ent|oke|id|ot|an|ead|ept)(?! (?:not"
            r"|never)\b)(?= (?:(?!about\b|piece\b|article\b|essay\b|column\b|op-ed\b|post\b|book\b"
            r"|the NAME)[a-z][\w'’-]* ){0,5}(?:to|with|on|onto|into|for) (?:the )?NAME)"
            r"|\b(?:me|myself)(?= (?:[a-z-]+ ){0,4}(?:on|to|with|for|by) (?:the )?NAME)"
        ),
        Role.INTERVIEWED,
        words("to on with for by onto into _"),
        proof=Proof.NONE,
    ),
    # Pieces, and what they were printed in.
    Head(
        pattern(
            rf"\b(?:{TEXT}|reports?|papers?|chapters?|reviews?|contributions?|long-?reads?|features?"
            rf"|editorials?|byline|explainer|briefs?|note|outing|offering|books?|volume|dispatch"
            rf"|analysis"
            rf"|analyses|commentary|take)\b"
        ),
        None,
        words("for in with at on from by over of via _"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:wrote|written|writing|write|published|publishing|penned|edited|reviewed|authored"
            r"|out (?:with|from|in|now)|subscribe|reading|read|listening|watching|according to|thanks to"
            r"|courtesy of|hat tip)\b"
        ),
        None,
        words("for in with at on from by over to of _"),
        proof=Proof.NONE,
    ),
)

HEADS = (*SUBJECTS, *_AUTHORS)
