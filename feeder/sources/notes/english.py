"""How English notes are built: what leads to outlets and topics, and what ends them."""

from feeder.sources.notes.english_heads import HEADS
from feeder.sources.notes.english_words import TEXT
from feeder.sources.notes.grammar import Grammar, alternatives, pattern, words

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
        "the to of and about with was for my i on this that is an from by new piece spoke as it at some me in a has have been here also"
    ),
    heads=HEADS,
    leads=alternatives(
        """including|such as|among them|notably|to|with|for|on|onto|into|by|in|at|from|of|via|before|over at
        thanks to|(?:co-)?hosted by|organi[sz]ed by|convened by|sponsored by|arranged by|put on by|moderated by|run by|courtesy of|as|against|between|than|like|over"""
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
        (?:to|and) (?:help )?(?:discuss|talk about|talk through|talk(?= (?!to\b|with\b|about\b|through\b|at\b|of\b|over\b|on\b)\w)|speak (?:about|on)|comment on|debate|explain|analy[sz]e|break down|make sense of|unpack|react to|reflect on|weigh in on|go (?:over|through)|answer questions (?:on|about)|preview|review|assess|explore|dissect|examine|outline|consider|put into context|present|defend|argue (?:for|against)|make the case (?:for|against)|chat about|give my (?:take|view|thoughts) on)
        (?:with|in) (?:regard|regards|respect|relation|reference) to|in connection with|as to
        coverage of|investigation into
        (?:where|in which|on which) (?:we|I) (?:also |then )?(?:discuss(?:ed)?|talk(?:ed)? (?:about|through)|cover(?:ed)?|explor\w+|argued?|look(?:ed)? at|spoke about|go (?:over|through|into)|went (?:over|through))
        asked (?:me|us)(?= (?:how|why|what|whether|who|if|when|where)\b)
        about|regarding|concerning|re|discussing|debating|exploring|examining|looking (?:in particular |specifically )?(?:at|into|back at)|covering|addressing|dealing with|focus(?:ed|sing|ing) on|touching on|defending|arguing (?:that|for|against|about)|criticising|criticizing|warning (?:about|of|that|against)|making the case (?:for|against)|unpacking|dissecting|analy[sz]ing|explaining|considering|assessing|tackling|talking through|talked through
        on(?! to\b)(?! (?-i:[A-Z])\w+ (?-i:[A-Z])\w+ to (?:talk|discuss|speak)\b)(?! (?:an?|the|this|two|several|her|his|its|their|one of the) (?:[\w-]+ )?(?:panels?|podcasts?|shows?|programmes?|programs?|stage|roundtables?|webinar)\b)(?! (?:YouTube|Zoom|Spotify|iTunes|Apple|Twitter|X|Facebook|LinkedIn|demand|repeat|iPlayer|sundays?|mondays?|weekdays?|stage|behalf|board)\b)(?! (?:\w+ )?(?:mon|tues|wednes|thurs|fri|satur|sun)day| (?:air|camera|the (?:phone|line|show|programme|program|radio|record|podcast|way|day|same day|website|site|back|sidelines)|tv|television|radio|background|behalf|\d+|video|screen|its own|january|february|march|april|may|june|july|august|september|october|november|december)\b| the (?:topic|subject)s?$)
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
        r"| (?:and|but|so) (?:I|it|this|that was|there|they|you|we|will|can|hope|more|have|had|am|was"
        r"|is|told|said|gave|sat|chaired|moderated|joined|took|answered|recorded|delivered|presented"
        r"|contributed|discussed|featured|wrote|published|spoke|talked|did|appeared|made|argued"
        r"|explained|tried|then|also|quoted|used|ended)\b"
        r"| (?:which|who|where I|here|in (?:a|an|this|the) (?:\w+ ){0,3}(?:piece|story|article|report"
        r"|feature|interview|segment|episode|podcast|programme|show)|for (?:a|an|this|the|his|her|their"
        r"|its) (?:\w+ ){0,3}(?:piece|story|article|report|feature|segment|episode|podcast|programme"
        r"|show))\b"
        r"| (?:is|are|was|were|has been|have been|got|ended up|appeared|made it|(?:can|may|could"
        r"|might|will)(?: now| also| soon)? be) (?:now |also "
        r"|then |up )?(?:here|online|out|available|on|in|by|picked|quoted|cited|featured|found|heard"
        r"|carried|reported|used|live|run|published|put|posted|uploaded|released|filmed|recorded"
        r"|transcribed|watched|seen|read|viewed|listened|streamed|downloaded)\b"
        r"| (?:is|are|was|were|went|proved)(?= (?:an? |the |my |one of |very |really |quite |good"
        r"|great|fun|well|interesting|lively|excellent|worth|packed|not ))"
        r"| (?:applies|apply|holds|appl(?:y|ies)|remains?|stands?|seems?)\b"
        r"|(?<!that)(?<!who)(?<!which)(?<!what) (?:has|have|had)(?: \w+)? been \w+| (?:is|are) (?:now"
        r"|also|well"
        r"|still|worth)\b"
        r"|,? and (?:then |also |later )?(?:in |on |with |for )?(?:(?:an?|another|some|two|a few"
        r"|a couple of) (?:[\w-]+ ){0,3}?)?(?:interviews?|conversations?|chats?|podcasts?|video"
        r"|clips?|quotes?|comments?|pieces?|talks?|lectures?|recordings?|segments?|appearances?"
        r"|words?|lines?|ones?|slots?|hits?) (?:to|for|with|on|in|at)\b"
        r"|,? (?:and|but|while) (?:the )?NAME (?:\w+ly |also |both |then |kindly )?(?:\w+ed|is|are"
        r"|has|have|had|was|were|ran|runs|carried|quote[sd]|used|picked|published|wrote|interviewed"
        r"|asked|called|got|will|did|took)\b"
        r"| by (?-i:[A-Z])\w+ (?-i:[A-Z])\w+(?=$|,)"
        r"| (?:that|which) (?:quotes?|cites?|features?|mentions?|includes?) (?:me|my)"
        r"| (?:with|using|including|featuring) (?:some of |a few of |parts of )?(?:my|me)\b"
        r"| (?:quoting|citing|featuring|mentioning) me| if you| for those"
    ),
    trailing=pattern(
        rf",? (?:{_TIME}|(?:and|plus|as well as) (?:then |also )?(?:one|another|another one"
        rf"|an? \w+ one)|there|provided|given|offered|made|sent|as well|too|again|here|also|at length"
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
        rf"(?:{_TIME}|[\w-]+ly|there|there['’]s|here['’]s|is|are|also|and|but|then|plus|so|again"
        rf"|as well|too|just|even|still|now|here"
        rf"|elsewhere|in addition|beyond that|besides|otherwise|in between|meanwhile|in the meantime"
        rf"|on (?:the same|a (?:related|similar|different|separate)) \w+|alongside(?: this| that)?"
        rf"|as part of (?:this|that)|for (?:this|it|that|once)|on top of (?:this|that)|instead"
        rf"|was|were|been|am|being|have|has|had|did|do|having|got|get|getting|happy|pleased|delighted"
        rf"|glad|honou?red|able|lucky|proud|great|good|fun|nice|it|kind|enough|asked|managed|manage"
        rf"|chance|a chance|the chance|the opportunity|opportunity|pleasure|the pleasure|a pleasure|a|to"
        rf"|be|of|for|once|twice|in|on|at|some|more|media|work|stuff|other|news|well|will|going|up|part"
        rf"|while|whilst|taped|filmed|shot|recorded|spent|enjoyed|loved|kept|ended|started|began|time"
        rf"|participated|participating|sat|joined|took part in|back|live|this|that|post|note|quick|first"
        rf"|second|third|all|with|both|ve|m)"
    ),
    cancelled_before=pattern(
        r"\b(?:supposed to|due to|meant to|hoped to|hoping to|(?:had |was )?planned to|planning to"
        r"|scheduled to|slated to|wanted (?:me |us )?to(?! (?:draw|flag|share|post|highlight|note"
        r"|mention|point|record|say|thank))|would have|should have|could have|was going to|were going to"
        r"|(?<!it )was to(?! (?:be|my)\b)|were to(?! be\b)|"
        r"(?:did|do|does|could|can|was|were|have|had|has|will|would)(?: not|n['’]t)|cannot|never|nearly"
        r"|almost|failed to|unable to|refused|declined|turned down|turning down|cancelled|canceled"
        r"|withdrew from|pulled out of|postponed|(?<!who )(?<!you )(?<!may have )missed|skipped"
        r"|dropped|no|nor|nobody|without"
        r"|whether (?:I|we) (?:would|could|might)|if (?:I|we) (?:would|could|might)|plans? (?:for|to)"
        r"|invitation to|invited to .* but)\b"
    ),
    cancelled_after=pattern(
        r"\b(?:cancell?ed|called off|fell through|falls through|fallen through|postponed|pulled(?! up)"
        r"|dropped|scrapped|spiked|shelved|didn['’]t (?:happen|work out|come off|materiali[sz]e|make it"
        r"|air|run)|did not (?:happen|work out|come off|materiali[sz]e|make it|air|run)"
        r"|never (?:happened|ran|aired|came|made|materiali[sz]ed|appeared)|had to (?:pull out|withdraw"
        r"|cancel|decline)|could(?:n['’]t| not) make it|bumped|(?:was|got) cut|came to nothing"
        r"|but I (?:was|had|am|could|did)(?: \w+)? (?:on|in|away|unable|travelling|traveling|to|not)"
        r"|but (?:had to |sadly |alas )*(?:decline|said no|turned)|and (?:I )?(?:politely "
        r"|sadly )?(?:said no|declined|refused|passed|turned (?:it|them|both) down))\b"
    ),
    work=pattern(
        rf"\b(?:findings|research|study|poll|survey|book|numbers|my|mine|it|this|extracts?|excerpts?"
        rf"|version|interview|which|ours?|{TEXT}|comments|presentation|remarks|report|paper)\b"
    ),
    sums_up=pattern(
        r"^(?:(?:both|all|most|each)(?: of (?:them|these|it))?|it|this|that|these|they|(?:the|our"
        r"|my) (?:interviews?|conversations?|chats?"
        r"|discussions?|segments?|episodes?|programmes?|questions?|pieces?|podcasts?|comments|remarks"
        r"|talks?|panel))"
        r"(?: (?:was|were|is|are|all|both|mostly|mainly|largely|really|again|primarily|here))*"
        r" (?:about|on|looks? at|looked at|focus\w* on|covers?|covered|dealt with|deals? with"
        r"|concern\w+|touche[sd] on|discuss\w*)(?= )"
        r"|^(?:the|our|my) (?:topic|subject|theme|focus|question|issue)s?(?: (?:was|were|is|being"
        r"|each time|this time|throughout|in all cases|both times))*:?(?= )"
    ),
    again=pattern(
        r"^(?:(?:among(?:st)? (?:them|others)|including|namely|in order|specifically|to wit):?(?= )"
        r"|also|and|plus|then|as well as|likewise|ditto|similarly|the same|same|or|again|another"
        r"|one more)\b[ ,]*(?:also |again |then )?"
    ),
    talk_leads=words("at"),
)
