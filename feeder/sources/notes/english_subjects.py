"""English words that tell of no appearance, and those whose subject is the outlet: "X quoted me"."""

from feeder.model.appearances import Role
from feeder.sources.notes.english_words import DONE, MY, SAID, SOME, TEXT
from feeder.sources.notes.grammar import Head, Proof, Side, pattern, words

SUBJECTS = (
    Head(
        pattern(
            rf"\b{TEXT}(?: that| which)? (?:I|we) (?:\w+ ){{1,3}}(?=(?:for|in|with|at|on) (?:the )?NAME)"
        ),
        None,
        words("for in with at on"),
        proof=Proof.NONE,
    ),
    # Nothing of the author's, or printed rather than about him.
    Head(
        pattern(r"\b(?:the |my )?(?:latest|newest|most recent)(?: from me)?(?= (?:for|in|at|with)\b)"),
        None,
        words("for in at with"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:photo(?:graph)?s?|pictures?|images?|illustrations?|credits?|cartoon"
            r"|artwork)\b(?! of me)"
        ),
        None,
        words("from by courtesy of via for _ : to"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:fellow|director|head|contributor|columnist|correspondent|researcher|professor"
            r"|analyst|lecturer|colleagues?|work|works|worked"
            r"|working|based"
            r"|affiliated|editor|team|day job|report|column)"
            r"(?: \w+){0,2} (?=(?:at|for|with|of|to) (?:the )?NAME)"
        ),
        None,
        words("at for with of to"),
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
    Head(
        pattern(
            r"\b(?:thanks|thank you|many thanks|grateful|gratitude|hat tip|ditto|kudos"
            r"|indebted)(?= (?:\w+ ){0,3}to "
            r"[^.;:]{3,90}? for (?:(?:the|a|an|another|inviting|having|hosting|interviewing|quoting"
            r"|including|featuring"
            r"|asking|calling|putting|letting|bringing|giving me|getting in touch|reaching out"
            r"|seeking) )"
            r"?(?:\w+ ){0,5}?(?:me\b|my (?:views?|thoughts?|comments?|take)\b|us\b|chat\b"
            r"|conversation\b|interview\b|chance to (?:talk|speak"
            r"|discuss|comment)|opportunity to (?:talk|speak|discuss|comment)|invitation to (?:talk"
            r"|speak|discuss|comment)"
            r"|discussion\b))"
            r"(?! (?:\w+ ){0,3}to [^.;:]{3,90}? for (?:\w+ ){1,5}to (?:write|review))"
        ),
        Role.INTERVIEWED,
        words("to thanks_to _"),
        proof=Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:where|at which|during which) (?:I|we)(?:['’]ve| have| had| was| am)?(?: \w+ly"
            r"| also| then)? "
            r"(?:(?:gave|give|giving|delivered|did) (?:an?|the|my|our|one of)(?: [\w-]+){0,3} (?:talk"
            r"|presentation|lecture|keynote"
            r"|speech|paper|briefing|remarks)|spoke|presented|lectured|keynoted|chaired|moderated"
            r"|(?:was |sat |spoke )?(?:part of|on) (?:a|the)(?: [\w-]+)? panel"
            r"|made (?:some )?remarks)\b(?! (?:\w+ )?(?:at|to|with|for|in) (?:the )?(?:(?-i:[A-Z])"
            r"|NAME))"
        ),
        Role.TALK,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\b(?:where|on which|in which) (?:I|we)(?:['’]ve| have| had| was| am| got"
            r"| get)?(?: \w+ly| also| then)? "
            r"(?:talked|chatted|interviewed|quoted|featured|asked|appeared|commented|answered|had|did)\b"
        ),
        Role.INTERVIEWED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    # Active: the outlet is the subject.
    Head(
        pattern(
            r"\b(?:interview(?:ed|s|ing)?|ask(?:ed|s|ing)?|question(?:ed|s|ing)?|call(?:ed|s|ing)?"
            r"|rings?"
            r"|rang|phon(?:ed|es)|contact(?:ed|s)"
            r"|invit(?:ed|es)|host(?:ed|s)|quizz?(?:ed|es)|grill(?:ed|s)|profil(?:ed|es)"
            r"|approach(?:ed|es)"
            r"|emailed|e-mailed|put|consult(?:ed|s)|pressed|had|let)"
            r"(?: up| on)? (?:(?:a few|some|several|a couple|both|many) of )?(?:me"
            r"|us)\b(?! down)(?! to (?:write|review|reflect|do an? (?:\w+ )?(?:piece|article|op-ed"
            r"|column)|contribute an?\b"
            r"|pen\b|produce))(?: on(?= (?:to|tonight|today|tomorrow|this|last|again|yesterday)\b)"
            r"| back| again)?(?: on (?:the (?:show|programme|program"
            r"|podcast)|air))?"
            r"|\b(?:spoke|speaks|talked|talks|chatted|sat down|caught up) (?:to|with) me\b"
            r"|\b(?:got|been|gets|were) in touch\b(?: with me)?|\bcame to me\b"
            r"|\b(?:asked|sought|wanted|asks)(?: for)? (?:my|our) (?:\w+ ){0,2}?" + SAID + r"\b"
        ),
        Role.INTERVIEWED,
        words("_ by"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:quot(?:ed|es?|ing)(?: from)?|cit(?:ed|es?|ing)|mention(?:ed|s|ing)?"
            rf"|name-?check(?:ed|s)?"
            rf"|nam(?:ed|es)|referenc(?:ed|es|ing)"
            rf"|includ(?:ed|es|ing)|featur(?:ed|es|ing)?|us(?:ed|es|ing)|r[au]ns?(?: with)?"
            rf"|carri(?:ed|es)"
            rf"|carry(?:ing)?|pick(?:ed|s)? up|picking up"
            rf"|publish(?:ed|es)?|print(?:ed|s)?|report(?:ed|s)?(?: on)?|cover(?:ed|s)?|wrote up"
            rf"|took up|has"
            rf"|have|had|drew on|draws on"
            rf"|sought|took|got|wanted|asked for|requested|aired|broadcast)"
            rf"(?: (?:also|since|then|just|in passing|at length|later))? (?:me\b(?! down)|mine\b|us\b"
            rf"|{MY} (?:{SAID}"
            rf"|{DONE})\b|{SOME} {SAID} (?:from|by|of) (?:me|mine)\b"
            rf"|{SAID} (?:from|by|of) (?:me|mine)\b|(?:a |an )?(?:\w+ )?(?:interview|conversation"
            rf"|chat|q&a"
            rf"|segment) with me\b)"
        ),
        Role.QUOTED,
        words("_ in by"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\bwith (?:(?:some|a few|a couple of|several) )?(?:\w+ )?(?:quotes?|comments?|thoughts?"
            r"|input"
            r"|contributions?|lines?) (?:from|by) (?:me|yours truly)\b"
            rf"|\b(?:\w+ed|ran|runs|uses|has|have|had|carries"
            rf"|took) (?!(?:[\w'-]+ ){{0,4}}{TEXT} (?:of|from|by|with|off) (?:me"
            rf"|mine)\b)(?:[\w'-]+ ){{1,4}}"
            r"(?:of|from|by|with|off) (?:me|mine)\b"
            r"|\b(?:in|for|to) which (?:I|i)(?:['’]m| am| was| get| got| have|['’]ve)?(?: also"
            r"| briefly)? (?:quoted|cited|featured|interviewed|mentioned|comment(?:ed)?|contributed"
            r"|appear(?:ed)?|spoke|talk(?:ed)?|say|discuss(?:ed)?|offer(?:ed)?)\b"
            r"|\b(?:has|had|did|ran|carried|runs|have) (?:an? |some )?(?:\w+ )?(?:write-?ups?"
            r"|coverage)\b|\bfor which (?:he|she|they) (?:also )?(?:interviewed|quoted|spoke to"
            r"|talked to|asked|called) (?:me|us)\b|\bwrote (?:it|this|that) up\b"
            r"|\bgave it a write-up\b|\b(?:where|and) I(?:['’]m| am) quoted\b"
        ),
        Role.QUOTED,
        words("_ in on by at"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            rf"\b(?:is|are|will be|were) (?:translating|republishing|reprinting|syndicating"
            rf"|serialising) (?:it|this|{MY} (?:\w+ )?{TEXT})\b"
            r"|\b(?:ran|run|carried|carries|published|printed) (?:an? |some "
            r"|the )?(?:\w+ )?(?:extracts?|excerpts?)\b|\bserialis(?:ed|es) (?:it|the|my|this)\b"
            rf"|\b(?!(?:r[au]n|carried|carries)(?: \w+)? an? (?:\w+ )?{TEXT} )(?:re-?publish(?:ed"
            rf"|es)?|re-?print(?:ed|s)?|reproduc(?:ed|es)|r[au]n|carried|carries"
            rf"|pick(?:ed|s) up|re-?r[au]n|syndicat(?:ed|es)|cross-?posted|re-?posted|translat(?:ed|es))"
            rf"(?: \w+)? (?:it|this|mine|(?:an? )?(?:\w+ ){{0,2}}{TEXT} (?:of|by) (?:mine|me|ours)"
            rf"|{MY} (?:\w+ )?{TEXT}|(?:a )?(?:version|translation|summary|extract|excerpt) (?:of"
            rf"|from) (?:it|this|{MY} (?:\w+ )?{TEXT}))\b"
        ),
        Role.REPUBLISHED,
        words("_ to by in"),
        Side.BEFORE,
        Proof.NONE,
        topics=pattern(r"\b(?:on|about)\b"),
    ),
    Head(
        pattern(
            rf"\b(?:ran|runs|carried|carries|published|did|does|has|had|wrote|put out|put together"
            rf"|aired|broadcast) (?:an?|the|its|their|some) "
            rf"(?:[\w-]+ ){{0,4}}?(?:story|stories|piece|article|report|feature|write-up|take|segment"
            rf"|package|write up) "
            rf"(?:[\w'’-]+ ){{0,7}}?(?:with|using|quoting|citing|featuring|including|drawing on"
            rf"|based on|built around|that quotes|which quotes"
            rf"|on|about|of|for) (?:me|mine|it|this|us|(?:the|our|my) (?:launch|event|report|paper"
            rf"|study|findings|book|research)|{MY} (?:{SAID}|{DONE}))\b"
        ),
        Role.QUOTED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"\basked(?: me| us)? for (?:a |some |my )?(?:comments?|quotes?|views?|reactions?|take)\b"
            r"|\b(?:both |all |each |also )?(?:picked up|ran|carried|used|quoted|printed) (?:parts?"
            r"|bits|some|much|most|a lot|all) of (?:it"
            r"|this|them|that|(?:the|my|our) (?:interview|conversation|talk|comments))\b"
            r"|\b(?:covered|picked up|wrote up|reported on|wrote about|cited|quoted|used|mentioned"
            r"|referenced) (?:the|our|my|this) (?:report|paper|study|findings|research|session|talk"
            r"|event|launch|panel|lecture|speech|debate|conference)\b"
            r"|(?<=[\ue000\ue001]) (?:also |then |even )?(?:cites?|cited|quotes?|quoted|mentions?"
            r"|mentioned|references?|referenced|draws on|drew on|links to|linked to) (?:it|them|this"
            r"|the (?:piece|paper|report|study|article))\b"
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
    Head(
        pattern(
            r"(?<=[\ue000\ue001)]) (?:both |all |each |also |then )?(?:used|uses|ran|runs|carried"
            r"|carries|included|includes|printed|had|has)"
            r" (?:some |a few |much |more )?(?:\w+ )?(?:quotes|comments|soundbites"
            r"|lines)\b(?! (?:from|by|of) (?!me|mine))"
        ),
        Role.QUOTED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
    Head(
        pattern(
            r"(?<=[\ue000\ue001]) (?:also |then )?(?:ran|published|carried|has|did|aired|broadcast"
            r"|printed) (?:an? |the )?(?:\w+ )?(?:interview|q&a|conversation)\b(?! (?:with|of"
            r"|by)\b(?! me\b))"
            r"|(?<=[\ue000\ue001]) did (?:so|the same|likewise)\b"
            r"|(?<=[\ue000\ue001]) (?:both |all |each |also |then )*(?:called|rang|phoned|emailed"
            r"|came calling|got in touch|reached out)"
            r"(?= (?:about|to ask|for (?:a |some |my )?comments?|on|regarding)\b)"
        ),
        Role.INTERVIEWED,
        words("_"),
        Side.BEFORE,
        Proof.NONE,
    ),
)
