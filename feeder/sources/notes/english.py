"""How English notes tell of appearances."""

from feeder.model.appearances import Role
from feeder.sources.notes.grammar import Grammar, Head, Proof, Side, alternatives, pattern, words

_SOME = r"(?:some|a few|a couple|bits|parts|one|much|a lot|a bit)(?: of)?"
_MY = rf"(?:{_SOME} )?(?:my|our)(?: \w+){{0,2}}"
_SAID = (
    r"(?:comments?|thoughts?|views?|take|remarks?|quotes?|reactions?|analysis|assessments?|insights?"
    r"|opinions?"
    r"|two cents|observations?|reflections?|words|input|perspective|commentary|soundbites?|musings)"
)
_DONE = (
    r"(?:research|work|findings|figures|numbers|data|report|paper|book|study|talk|presentation"
    r"|lecture|argument)"
)
_TEXT = (
    r"(?:pieces?|articles?|op-?eds?|essays?|columns?|posts?|texts?|blogs?|commentary|commentaries"
    r"|letter|story)"
)

_MEDIA = words("to with for on in by from at via including such_as among_them notably _")
_IN = words("in by on for with at from over")
_BY = words("by on in for with at")
_AT = words("at for by to in on before hosted_by organised_by organized_by run_by from")

_HEADS = (
    # Nothing of the author's, or printed rather than about him.
    Head(
        pattern(
            r"\b(?:photo(?:graph)?s?|pictures?|images?|illustrations?|credits?|cartoon|artwork)\b(?! of me)"
        ),
        None,
        words("from by courtesy of via for _ : to"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:fellow|director|head|researcher|professor|analyst|lecturer|colleagues?|work|works|worked"
            r"|working|based"
            r"|affiliated|editor|team|day job|report|column)"
            r"(?: \w+){0,2} (?=(?:at|for|with|of) (?:the )?NAME)"
        ),
        None,
        words("at for with of"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:reading|read|listening to|listened to|watching|watched|saw|seen|enjoyed|recommend"
            r"|recommended) (?:an?|the|this|some|his|her|their) (?:[\w-]+ ){0,2}(?:interview|podcast"
            r"|conversation|talk|lecture|debate|segment|episode)\b"
        ),
        None,
        words("in with on from by for at"),
        proof=Proof.NONE,
    ),
    # Active: the outlet is the subject.
    Head(
        pattern(
            r"\b(?:interview(?:ed|s|ing)?|ask(?:ed|s|ing)?|question(?:ed|s|ing)?|call(?:ed|s|ing)?|rings?"
            r"|rang|phon(?:ed|es)|contact(?:ed|s)"
            r"|invit(?:ed|es)|host(?:ed|s)|quizz?(?:ed|es)|grill(?:ed|s)|profil(?:ed|es)|approach(?:ed|es)"
            r"|emailed|e-mailed|put|consult(?:ed|s)|pressed|had|let)"
            r"(?: up| on)? (?:me|us)\b(?: on(?= to\b)| back)?(?: on (?:the (?:show|programme|program"
            r"|podcast)|air))?"
            r"|\b(?:spoke|speaks|talked|talks|chatted|sat down|caught up) (?:to|with) me\b"
            r"|\b(?:got|been|gets|were) in touch\b(?: with me)?|\bcame to me\b"
            r"|\b(?:asked|sought|wanted|asks)(?: for)? (?:my|our) (?:\w+ ){0,2}?" + _SAID + r"\b"
        ),
        Role.INTERVIEWED,
        words("_ by"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:quot(?:ed|es?|ing)(?: from)?|cit(?:ed|es?|ing)|mention(?:ed|s|ing)?|name-?check(?:ed|s)?"
            rf"|nam(?:ed|es)|referenc(?:ed|es|ing)"
            rf"|includ(?:ed|es|ing)|featur(?:ed|es|ing)?|us(?:ed|es|ing)|r[au]ns?(?: with)?|carri(?:ed|es)"
            rf"|carry(?:ing)?|pick(?:ed|s)? up|picking up"
            rf"|publish(?:ed|es)?|print(?:ed|s)?|report(?:ed|s)?(?: on)?|cover(?:ed|s)?|wrote up|took up|has"
            rf"|have|had|drew on|draws on"
            rf"|sought|took|got|wanted|asked for|requested|aired|broadcast)"
            rf"(?: (?:also|since|then|just|in passing|at length|later))? (?:me\b|mine\b|us\b|{_MY} (?:{_SAID}"
            rf"|{_DONE})\b|{_SOME} {_SAID} (?:from|by|of) (?:me|mine)\b"
            rf"|{_SAID} (?:from|by|of) (?:me|mine)\b|(?:a |an )?(?:\w+ )?(?:interview|conversation|chat|q&a"
            rf"|segment) with me\b)"
        ),
        Role.QUOTED,
        words("_ in by"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\bwith (?:(?:some|a few|a couple of|several) )?(?:\w+ )?(?:quotes?|comments?|thoughts?|input"
            r"|contributions?|lines?) (?:from|by) (?:me|yours truly)\b"
            r"|\b(?:\w+ed|ran|runs|uses|has|have|had|carries|took) (?:[\w'-]+ ){1,4}(?:of|from|by|with"
            r"|off) (?:me|mine)\b"
            r"|\b(?:in|for|to) which (?:I|i)(?:['’]m| am| was| get| got| have|['’]ve)?(?: also"
            r"| briefly)? (?:quoted|cited|featured|interviewed|mentioned|comment(?:ed)?|contributed"
            r"|appear(?:ed)?|spoke|talk(?:ed)?|say|discuss(?:ed)?|offer(?:ed)?)\b"
            r"|\bwrote (?:it|this|that) up\b|\bgave it a write-up\b|\b(?:where|and) I(?:['’]m| am) quoted\b"
        ),
        Role.QUOTED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:re-?publish(?:ed|es)?|re-?print(?:ed|s)?|reproduc(?:ed|es)|r[au]n|carried|carries"
            rf"|pick(?:ed|s) up|re-?r[au]n|syndicat(?:ed|es)|cross-?posted|re-?posted|translat(?:ed|es))"
            rf"(?: \w+)? (?:it|this|mine|(?:an? )?(?:\w+ ){{0,2}}{_TEXT} (?:of|by) (?:mine|me|ours)"
            rf"|{_MY} (?:\w+ )?{_TEXT}|(?:a )?(?:version|translation|summary|extract|excerpt) (?:of"
            rf"|from) (?:it|this|{_MY} (?:\w+ )?{_TEXT}))\b"
        ),
        Role.REPUBLISHED,
        words("_ to by in"),
        Side.BEFORE,
        Proof.NONE,
        topics=pattern(r"\b(?:on|about)\b"),
    ),
    Head(
        pattern(
            r"\basked(?: me| us)? for (?:a |some |my )?(?:comments?|quotes?|views?|reactions?|take)\b"
            r"|\b(?:picked up|ran|carried|used|quoted|printed) (?:parts|bits|some|much|a lot|all) of (?:it"
            r"|this|them|that)\b"
            r"|\b(?:covered|picked up|wrote up|reported on|wrote about|cited|quoted|used|mentioned"
            r"|referenced) (?:the|our|my|this) (?:report|paper|study|findings|research)\b"
        ),
        Role.QUOTED,
        words("_ including among_them such_as notably"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:has|have|had)(?: since| also| now| kindly| already)* (?:re-?printed|re-?published"
            r"|reproduced|translated|re-?posted|syndicated|picked up|carried)\b(?! by)"
        ),
        Role.REPUBLISHED,
        words("_"),
        Side.BEFORE,
        Proof.WORK,
    ),
    Head(
        pattern(r"\b(?:interviews?|conversation|q&a|chat|podcast|segment|profile) (?:with|of) me\b"),
        Role.INTERVIEWED,
        words("_ in on by at for from"),
        Side.BOTH,
        Proof.NONE,
    ),
    # What the author said.
    Head(
        pattern(
            r"\b(?:extracts?|excerpts?|version|summary)\b(?: [\w-]+){0,3}? (?:ran|appeared|appears|published"
            r"|is|are|was|were|out)\b"
        ),
        Role.REPUBLISHED,
        words("in by on at for"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(rf"\b{_MY} (?:comments?|quotes?|remarks|interview)\b(?= for\b)"),
        Role.QUOTED,
        words("for"),
        proof=Proof.NONE,
    ),
    Head(pattern(r"\bguests?\b(?= (?:on|of|at|with)\b)"), Role.INTERVIEWED, words("on of with")),
    Head(
        pattern(
            r"\bI (?:\w+ly |also )?(?:comment|talk|speak|spoke|chat)\b|\bme (?=(?:on"
            r"|in) (?:[\w'’]+ ){0,2}NAME)"
        ),
        Role.INTERVIEWED,
        words("in on with for to at"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b{_MY} {_SAID}\b|\b(?:some |a few |a couple of )?{_SAID} (?:from|by|of) (?:me|mine"
            rf"|yours truly)\b"
            rf"|\b{_SAID} (?:that )?I (?:\w+ )?(?:made|gave|offered|provided|shared)\b"
        ),
        Role.QUOTED,
        _MEDIA - {"for"},
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:have|had|got|get|has)(?: also)? (?:(?:a|an|some|one|another|few|couple of|short|brief"
            r"|a few|a couple of) )+(?:\w+ )?(?:lines?|quotes?|comments?|mention|thoughts|words|say|cameo"
            r"|clip|soundbites?)\b"
            rf"|\b(?:gave|giving|offered|offering|provided|providing|shared|sharing|contributed|contributing"
            rf"|made|supplied|added)"
            rf" (?:(?:some|a|an|a few|a couple of|my|several|brief|short|various) )*(?:\w+ )?{_SAID}\b"
            rf"|\bcommented\b|\bcommenting\b|\bweighed in\b|\bweighing in\b"
            rf"|\bopined\b|\bcontributed(?= to)|\bexplained\b|\bhelped(?: out)?(?= (?:with |the )*NAME)"
        ),
        Role.QUOTED,
        _MEDIA,
    ),
    Head(
        pattern(
            rf"\b(?:(?:some|a few|a couple of|more|short|brief|quick) )?(?:\w+ )?{_SAID}(?= (?:to|in|for|on"
            rf"|by|regarding|about)\b)"
        ),
        Role.QUOTED,
        _MEDIA,
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:quoted|cited|mentioned|referenced|profiled|name-?checked|featured|featuring|featur(?:e"
            r"|es))\b(?! (?:the|his|her|their|him|them|speakers?|prominently)\b)"
            r"|\b(?:popped up|popping up|turned up|turning up|ended up|cropped up|made it|making it"
            r"|made an appearance|made a brief appearance|got a mention|get a mention|got quoted|get quoted"
            r"|snuck)\b(?! (?:to|being)\b)"
        ),
        Role.QUOTED,
        _IN | words("at to into"),
    ),
    # Conversations.
    Head(
        pattern(
            r"\b(?:part of|took part in|involved in|participated in|contributor to"
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
        pattern(r"\b(?:write-ups?|mentions?|name-checks?)(?= (?:in|by|from|on)\b)"),
        Role.QUOTED,
        words("in by from on"),
        proof=Proof.NOUN,
    ),
    Head(
        pattern(r"\b(?:another|an? (?:\w+ )?one)(?= (?:with|on) (?:the )?NAME)"),
        Role.INTERVIEWED,
        words("with on"),
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
            r"\b(?:hear|find|catch|watch|see|read|listen to|had) me (?:\w+ ){0,3}?(?=(?:on|in|at|with)\b)"
        ),
        Role.INTERVIEWED,
        words("on in with at"),
        proof=Proof.NONE,
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
            r"|invited|hosted(?! by)|put on the spot|rung up|phoned)\b(?=(?: \w+){0,4} (?:by|on|for|in|with"
            r"|onto)\b)"
        ),
        Role.INTERVIEWED,
        _BY | words("onto"),
    ),
    Head(
        pattern(
            r"\b(?:was|am|were|been|be|being|went|going|go|gone|live|back|guest(?:ed|ing)?|appeared"
            r"|appearing|appear|up|pleasure to be|featured)(?: \w+){0,2}? (?=(?:on|onto)\b)(?!on (?:a|the"
            r"|this) (?:\w+ )?panel)(?=on(?:to)? (?:[\w'’]+ ){0,4}NAME)"
            r"|\b(?:appeared|appearing|appear)\b|\b(?:did|done|doing|do)(?= (?:the )?NAME)"
            r"|^(?:also |and |live |back )*(?=on (?:the )?NAME)"
        ),
        Role.INTERVIEWED,
        words("on onto in at with for _"),
    ),
    Head(
        pattern(
            r"\bjoined(?= (?:[\w'’]+ ){0,8}NAME)(?!(?: \S+){0,8} as an?\b)|\bsaid(?= to (?:[\w'’]+ )?NAME)"
            r"|\btold(?= (?:[\w'’]+ ){0,2}NAME)|\bjoined(?= (?:\S+ ){1,6}(?:podcast|programme|program"
            r"|show)\b)"
        ),
        Role.INTERVIEWED,
        words("_ on at of from to"),
    ),
    Head(
        pattern(
            r"\b(?:fielded|fielding|answered|answering|took|taking|got|had|received|responded to"
            r"|responding to|replied to|handled)(?: (?:some|a few|a couple of|several|many|various|lots of"
            r"|the|more|quick|his|her|their|\w+))*? (?:questions?|calls?|queries|enquiries|inquiries"
            r"|e-?mails?)\b"
            r"|\b(?:did|done|doing|do) (?:[\w-]+ ){0,4}(?:radio|tv|television|media|press|broadcasts?"
            r"|telly)\b"
            r"|\b(?:a )?(?:few )?words? with\b(?=.)|\bgave (?=(?:the )?NAME)|\bspent (?:\w+ ){1,5}(?=(?:with"
            r"|on|at|in)\b)"
        ),
        Role.INTERVIEWED,
        _MEDIA,
    ),
    Head(
        pattern(
            r"\b(?:interviews?|conversations?|chats?|q ?& ?as?|exchange|podcasts?|episodes?|segments?|hits?"
            r"|slots?|soundbites?|sit-down|phone-in|guest spot|appearances?|word|discussions?|livestream"
            r"|recording|broadcast)\b"
        ),
        Role.INTERVIEWED,
        _MEDIA - {"from"},
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:(?:elsewhere )?in the (?:media|press|news)|(?:media|press|broadcasting|interviews|radio"
            r"|tv|television|coverage|commentary|comment|soundbites|airtime)(?: [\w'-]+){0,6}|elsewhere"
            r"|quoted|appearances|talks?)(?: this week| this month| lately| recently| too)?(?::| [–—-] )"
        ),
        Role.INTERVIEWED,
        _MEDIA,
        proof=Proof.NONE,
    ),
    # Talks.
    Head(
        pattern(
            r"\b(?:(?:panels?|panel discussion|(?<!peace )(?<!trade )(?<!ceasefire )(?<!to )talk|lectures?"
            r"|keynotes?|presentations?|seminars?|speech|roundtables?|round-table|workshop|webinars?"
            r"|fireside chat"
            r"|masterclass|book launch|launch event|launch|testimony|evidence|briefing|debate|plenary"
            r"|remarks|guest lecture|event))\b(?! (?:deal|about to|by (?:the|a)\b))"
        ),
        Role.TALK,
        _AT,
        proof=Proof.NOUN,
    ),
    Head(
        pattern(
            r"\b(?:presented|presenting|lectured|lecturing|moderated|moderating|chaired|chairing|keynoted"
            r"|testified|panell?ist|addressed|addressing|briefed)\b"
        ),
        Role.TALK,
        _AT | words("_"),
    ),
    # Texts that travelled on.
    Head(
        pattern(
            r"\b(?:(?:got|gets|getting|received|had|has had) (?:(?:some|a bit of|a little|more|good|nice"
            r"|further) )*(?:coverage|press|attention|pick-?up|a write-up|a mention)"
            r"|covered|written up|reported on|noticed|discussed|used)\b(?= (?:\w+ ){0,2}?(?:in|by|on|from)\b)"
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
            r"\b(?:re-?published|reprinted|reproduced|syndicated|cross-?posted|re-?posted|re-?run|picked up"
            r"|carried|excerpted|adapted|seriali[sz]ed|re-?printed|taken up|got picked up|also (?:appeared"
            r"|ran|runs|published))\b"
        ),
        Role.REPUBLISHED,
        words("by in at on for to via"),
        proof=Proof.WORK,
    ),
    # Pieces, and what they were printed in.
    Head(
        pattern(
            rf"\b(?:{_TEXT}|reports?|papers?|chapters?|reviews?|contributions?|long-?reads?|features?"
            rf"|editorials?|byline|explainer|briefs?|note|outing|offering|books?|volume|dispatch|analysis"
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

_TIME = (
    r"(?:(?:late |early |earlier |later )?(?:last|this|next|past|that|the other|the same|the past"
    r"|the last|over the) (?:\w+ )?(?:weekend|week|month|year|morning|afternoon|evening|night|day"
    r"|summer|autumn|fall|spring|winter|days|weeks|months|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)"
    r"|(?:a |the )?(?:few|couple of|some|two|three|several) (?:hours|days|weeks|months|years) ago"
    r"|a (?:week|month|year|while) (?:ago|back)|a (?:few|couple of) (?:hours|days|weeks|months) back"
    r"|a (?:little )?while (?:ago|back)"
    r"|yesterday|today|tonight|tomorrow|recently|lately|earlier|on (?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day(?: (?:morning|evening|night|afternoon))?|at the (?:time|weekend)"
    r"|over the (?:weekend|summer|holidays|past \w+|last \w+))"
)

ENGLISH = Grammar(
    code="en",
    stopwords=words(
        "the to of and about with was for my i on this that is an from by new piece spoke as it at some me"
    ),
    heads=_HEADS,
    leads=alternatives(
        """including|such as|among them|notably|to|with|for|on|onto|into|by|in|at|from|of|via|before|over at
        thanks to|hosted by|organi[sz]ed by|run by|courtesy of|as|against|between|than|like|over""",
    ),
    articles=pattern(
        r"(?:the|a|an|this|that|these|both|today['’]s|yesterday['’]s|tomorrow['’]s|my|our|also|again"
        r"|then|first|among others|itself|even|\w+ly"
        r"|(?!and\b|or\b|but\b|who\b|which\b|is\b|was\b|are\b)(?-i:[a-z])[\w-]+(?:['’]s)?|(?:[\w-]+day"
        r"|Sun|Mon)(?:['’]s)?)"
    ),
    and_=pattern(
        r"(?: ?, ?(?:and|&|plus|then|or|as well as)? ?(?:also |then |again )?| (?:and|&|plus|or"
        r"|as well as|along with) (?:also |then |later )?| ?/ ?| ?[;+] ?(?:and )?)"
    ),
    topics=alternatives(
        r"""on the (?:subject|topic|question|issue|matter) of
        (?:to|and) (?:discuss|talk about|talk through|speak about|comment on|debate|explain|analyse|analyze)
        (?:with|in) (?:regard|regards|respect|relation|reference) to|in connection with|as to
        coverage of|investigation into
        about|regarding|concerning|re|discussing|debating|exploring|examining|looking (?:in particular |specifically )?(?:at|into|back at)|covering|addressing|dealing with|focus(?:ed|sing|ing) on|touching on|unpacking|dissecting|analy[sz]ing|explaining|considering|assessing|tackling|talking through|talked through
        on(?! to\b)(?! (?:\w+ )?(?:mon|tues|wednes|thurs|fri|satur|sun)day| (?:air|camera|the (?:phone|line|show|programme|program|radio|record|podcast|way|day|same day|website|site|back|sidelines)|tv|television|radio|background|behalf|\d+|video|screen|its|their|january|february|march|april|may|june|july|august|september|october|november|december)\b| the (?:topic|subject)s?$)
        over(?= (?:the |its |their |his )?(?!NAME)\w+(?: \w+)? (?:of|to|in|between|with|row|scandal|crisis|affair|dispute|decision|plans?|claims?))""",
        after=r"\b(?=:? )",
    ),
    weak_topics=alternatives(
        r"""in the (?:\w+ )?(?:wake|aftermath) of|on the back of|on the heels of|off the back of|in (?:the )?light of|in (?:response|reaction) to|in the context of|in the run-up to|in the lead-up to
        following|after(?! (?:a while|lunch|that|all|which|years)\b)|ahead of|amid|amidst|given|around|surrounding|prompted by|to mark|upon""",
        after=r"\b(?= )",
    ),
    topic_ends=pattern(
        r" ?[(;\[]| [–—-]+ |[:…](?= )|—|, (?:and |but |or |so )?(?:which|who|where|whose|when|while"
        r"|though|although|as|since|because|but|however|it|this|that|these|there|they|he|she|we|you|I"
        r"|in (?:which|english|german|french|spanish)|with|for|to|at|by|from|among|amongst|something"
        r"|available|here|also|both|plus|then|albeit|even|if|including the|having|being|tries|trying|see"
        r"|will|can|have|had|was|is|are|more|a (?:topic|subject|theme|question|story|matter)|an (?:issue"
        r"|area)|alongside|along with|my|now|not|all|some|most)\b"
        r"| (?:and|but|so) (?:I|it|this|that was|there|they|you|we|will|can|hope|more|have|had|am|was|is)\b"
        r"| (?:which|who|where I|here|in (?:a|an|this|the) (?:\w+ ){0,3}(?:piece|story|article|report"
        r"|feature|interview|segment|episode|podcast|programme|show)|for (?:a|an|this|the|his|her|their"
        r"|its) (?:\w+ ){0,3}(?:piece|story|article|report|feature|segment|episode|podcast|programme"
        r"|show))\b"
        r"| (?:is|are|was|were|has been|have been|got|ended up|appeared|made it|can be) (?:now |also "
        r"|then |up )?(?:here|online|out|available|on|in|by|picked|quoted|cited|featured|found|heard"
        r"|carried|reported|used|live|run|published)\b"
        r"| (?:applies|apply|holds|appl(?:y|ies)|remains?|stands?|seems?)\b"
        r"| (?:has|have) been (?:doing|making|getting|shared|published)\b| (?:is|are) (?:now|also|well"
        r"|still|worth)\b"
        r"| by (?-i:[A-Z])\w+ (?-i:[A-Z])\w+(?=$|,)"
        r"| (?:that|which) (?:quotes?|cites?|features?|mentions?|includes?) (?:me|my)"
        r"| (?:quoting|citing|featuring|mentioning) me| if you| for those"
    ),
    trailing=pattern(
        rf",? (?:{_TIME}|provided|given|offered|made|sent|as well|too|again|here|also|at length"
        rf"|in (?:english|german|french|spanish|italian|russian|chinese|arabic|turkish|dutch|portuguese"
        rf"|japanese)|\(.*|for (?:a|an|the) \w+|live|on air|respectively|at the time|in particular"
        rf"|more generally|more broadly|though|however|instead|and|or|but|with|by|in|as)$"
    ),
    myself=pattern(r"\b(?:I|I['’]\w+|me|we|we['’]\w+|us)\b"),
    others=pattern(
        r"\b(?:he|she|they|who|whom|whose|his|her|their|colleagues?|co-?authors?|minister|president"
        r"|chancellor|premier|spokes\w+|ambassador|mayor|secretary|general|senator|mps?|boss|director"
        r"|co-founder|our team|editor|wife|husband|students?|interns?|friends?|chief|leader|candidate)\b"
    ),
    adverbs=pattern(
        rf"(?:{_TIME}|[\w-]+ly|also|and|but|then|plus|so|again|as well|too|just|even|still|now|here"
        rf"|elsewhere|in addition|beyond that|besides|otherwise|in between|meanwhile|in the meantime"
        rf"|on (?:the same|a (?:related|similar|different|separate)) \w+|alongside(?: this| that)?"
        rf"|as part of (?:this|that)|for (?:this|it|that|once)|on top of (?:this|that)|instead"
        rf"|was|were|been|am|being|have|has|had|did|do|having|got|get|getting|happy|pleased|delighted"
        rf"|glad|honou?red|able|lucky|proud|great|good|fun|nice|it|kind|enough|asked|managed|manage"
        rf"|chance|a chance|the chance|the opportunity|opportunity|pleasure|the pleasure|a pleasure|a|to"
        rf"|be|of|for|once|twice|in|on|at|some|more|media|work|stuff|other|news|well|will|going|up|part"
        rf"|participated|participating|sat|joined|took part in|back|live|this|that|post|note|quick|first"
        rf"|second|third|all|with|both|ve|m)"
    ),
    cancelled_before=pattern(
        r"\b(?:supposed to|due to|meant to|hoped to|hoping to|(?:had |was )?planned to|planning to"
        r"|scheduled to|slated to|wanted to|would have|should have|could have|was going to|were going to"
        r"|was to have|"
        r"(?:did|do|does|could|can|was|were|have|had|has|will|would)(?: not|n['’]t)|cannot|never|nearly"
        r"|almost|failed to|unable to|refused|declined|turned down|turning down|cancelled|canceled"
        r"|withdrew from|pulled out of|postponed|missed|skipped|dropped|no|nor|nobody|without"
        r"|plans? (?:for|to)|invitation to|invited to .* but)\b"
    ),
    cancelled_after=pattern(
        r"\b(?:cancell?ed|called off|fell through|falls through|fallen through|postponed|pulled(?! up)"
        r"|dropped|scrapped|spiked|shelved|didn['’]t (?:happen|work out|come off|materiali[sz]e|make it"
        r"|air|run)|did not (?:happen|work out|come off|materiali[sz]e|make it|air|run)"
        r"|never (?:happened|ran|aired|came|made|materiali[sz]ed|appeared)|had to (?:pull out|withdraw"
        r"|cancel|decline)|could(?:n['’]t| not) make it|bumped|(?:was|got) cut|came to nothing"
        r"|but I (?:was|had|am|could|did)(?: \w+)? (?:on|in|away|unable|travelling|traveling|to|not)"
        r"|but (?:had to |sadly |alas )*(?:decline|said no|turned))\b"
    ),
    work=pattern(rf"\b(?:my|mine|it|this|which|ours?|{_TEXT}|comments|presentation|remarks|report|paper)\b"),
    again=pattern(
        r"^(?:also|and|plus|then|as well as|likewise|ditto|similarly|the same|same|or|again|another"
        r"|one more)\b[ ,]*(?:also |again |then )?"
    ),
    talk_leads=words("at"),
)
