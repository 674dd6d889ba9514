"""Why a mail failed, by the words servers use: a table a cause, in the order they are asked.

Sources are the programs' own texts: Postfix (smtpd_check.c, smtp_addr.c, virtual/mailbox.c),
Exim (deliver.c, routers, the default ACLs), Sendmail (sysexits.h, mail.local), qmail-remote.c
and chkuser, Exchange's transport codes, and the published code lists of Google, Microsoft,
Yahoo, Apple, Orange (OFR), La Poste (LPN), Tencent, Cox, Spectrum, GoDaddy and Mimecast.
What is matched is lower case, in single spaces, without addresses and links: "spam@" or
"/error#blocked" in one of those says nothing.
"""

from __future__ import annotations

import re
from functools import cache

Table = tuple[tuple[str, str], ...]

NOBODY = (
    # In the order: who, then that there is none.
    r"(?:user|username|recipient|mailbox|account|address|addressee|alias|person|e-?mail"
    r"|id|customer|destination|member)s?(?: name| address| account"
    r"| id)?(?: [<'\"(\[]?@[>'\")\]]?)?"
    r"[ :.,]*(?:that you tried to reach |you (?:specified|entered|sent to) |in question "
    r"|entered )?"
    r"(?:is |was |were |has |are )?(?:an? )?(?:currently )?"
    r"(?:unknown|not known|not found|invalid|illegal|nonexist\w*|non-exist\w*|undeliverable"
    r"|does(?: not|n'?t|nt) exists?|do not exist|did not exist|not exists?|no longer exists?"
    r"|no longer (?:valid|active|available|in use|on|with|accept)|unroutable|not recogni[sz]ed"
    r"|not listed|not valid|not (?:a )?(?:local|valid|registered|real|known|an active)|not here"
    r"|could(?: not|n't) be found|wasn't found|can(?:not|'t) be found|not available here"
    r"|not on (?:this|the|our) (?:server|system)|not in (?:our|the|this)|rejected\.?$)"
    r"|(?:unknown|invalid|illegal|nonexist[ea]nt|non-exist[ea]nt|bad|incorrect|no such"
    r"|unrecogni[sz]ed"
    r"|undeliverable|unroutable|not found) (?:local |destination |final |mail ?|e-?mail ?|remote"
    r" |virtual |rcpt |internal )*"
    r"(?:user|recipient|mailbox|account|address|addressee|alias|person|id\b|userid|part|local-part"
    r"|local part|box|delivery userid|name\b|customer|subscriber|member|destination|rcpt)"
    r"|no (?:mail ?box|user|account|one|body|person|recipient|e-?mail address|valid recipient)s?"
    r" (?:here|by that name|with that|of that|found|named|called|exists|for this|at this|is here)"
    r"|(?:nobody|no one|no-one) (?:here|by that)|here by that name|user_unknown|invalidrecipient"
    r"|not (?:a |an |our |your )*(?:known|valid|registered|active|local|existing|real)? ?"
    r"(?:gateway )?(?:user|recipient|mailbox|customer|e-?mail address)\b"
    r"|doesn't have an? [\w. ]{2,40} account|recipnotfound|recipientnotfound"
    r"|mailbox (?:is )?(?:unavailable|not available|does not|has been (?:deleted|removed))"
    r"|requested action not taken: mailbox unavailable|unknown user|user unknown|unknown mailbox"
    r"|recipient (?:address )?rejected: (?:user|undeliverable|invalid|no such|unknown|mailbox"
    r"|recipient"
    r"|unverified|not)"
    r"|recipient (?:address )?(?:is )?(?:rejected|refused|not accepted|not ok"
    r"|was rejected)[. ]*(?:$|\()"
    r"|account (?:has been |is |was )?(?:closed|deleted|terminated|removed|cancell?ed|expired)"
    r"|(?:is|has) no longer (?:with|employed|on server|a customer|an employee)"
    r"|(?:can'?t|cannot|could not|unable to) (?:find|locate|verify|validate|resolve)"
    r" (?:your |the |a |this |any )*(?:recipient|user|mailbox|account)"
    r"|inactive (?:e-?mail )?address|address (?:couldn't|could not) be found"
    r"|unable to find (?:your )?"
    r"(?:recipient|user|mailbox)|address (?:unknown|error|not present)|addressee unknown"
    r"|user ?(?:id)? ?doesn?'?t exist|is not a (?:member|user|mailbox|recipient)"
    r"|@[>'\")\]]*(?: ?\.\.\.)? ?:? ?(?:does not exist|doesn't exist|is unknown|unknown|not found)"
    r"|utilisateur inconnu|adresse (?:e-?mail )?(?:destinataire "
    r"|du destinataire )?(?:est )?(?:invalide|inconnue|inexistante)"
    r"|destinataire inconnu|(?:empfänger|benutzer|postfach"
    r"|adresse)(?:adresse)? (?:ist )?(?:unbekannt"
    r"|existiert nicht|nicht gefunden|nicht bekannt)|unbekannter (?:empfänger|benutzer)"
    r"|destinatari\w+ (?:desconocid|no encontrad|sconosciut|inesistent|não (?:existe"
    r"|encontrad))\w*"
    r"|usuario (?:desconocido|no existe|inexistente)|utente (?:sconosciuto|inesistente)"
    r"|usuário (?:desconhecido|inexistente)|nieznany (?:użytkownik|adresat|odbiorca)"
    r"|(?:adres|skrzynka|użytkownik|konto)\w* nie istnieje|nie ma takiego (?:adresu|użytkownika"
    r"|konta)"
    r"|пользовател\w+ (?:не (?:найден|существует|зарегистрирован)|неизвестен)"
    r"|(?:ящик|адрес|получатель|аккаунт|учетная запись)\w* (?:\S+ )?(?:не (?:найден|существует"
    r"|зарегистр)"
    r"|удал[её]н)\w*|нет так(?:ого|ой) (?:пользовател|ящик|адрес)\w*|неизвестный (?:пользователь"
    r"|получатель)"
    r"|такого (?:пользователя|ящика|адреса) не|адреса не існує|скриньк\w+ не (?:існує|знайдено)"
    r"|користувач\w* не (?:існує|знайдено)|(?:宛先|ユーザ|メールアドレス|アドレス"
    r"|送信先)[^。]{0,40}"
    r"(?:見つかりません|存在しません|見つからない|不明)|存在しないアドレス|用户不存在"
    r"|收件人不存在|邮箱不存在"
)  # fmt: skip

OWN_DIRECTORY = (
    # Words of the program that writes the report, about its own directory: no need of a code
    # or of a step that says the same. qmail-local, mail.local, Domino, Notes, Exchange 5.5 and
    # 2003 ([000C05A6] is MAPI's unknown recipient), Courier, IMail, InterScan, GroupWise, X.400.
    r"no mailbox here by that name|mail\.local: unknown (?:user|name)|domino director"
    r"|domino ディレクトリ"
    r"|domino-verzeichnis|annuaire domino|directorio domino|public (?:name|address)"
    r"|name & address book"
    r"|ディレクトリのリストにありません|recipient name is not recognized|000c05a6"
    r"|and other recipients in the same domain|user not found|invalid final delivery userid"
    r"|unrecogni[sz]ed[- ]o/?r[- ]name|does not exist at the organization"
    r"|^\W*unknown user:|\bunknown user: \S+$|no valid recipients for this mm"
    r"|address couldn't be found|destination address was not found"
    r"|because the address couldn|account does not exist at|does not have an account"
    r"|unknown or illegal (?:alias|user)"
)

BEFORE: Table = (
    # Said by a server that knows the address, whatever code it sends along.
    ("expired", r"verification in progress|unverified address:.{0,120}(?:timed out|try again"
    r"|refused)"),
    ("blocked", r"blocked using|client host \[|helo command \[|black ?listed (?:by|at|in)"
    r"|by recipient$"),
    ("mailbox-full",
     r"(?:mail ?box|quota|inbox|maildir|account|user|disk|storage|postfach|mailfolder|directory"
     r"|dir)s?"
     r"(?: \S+){0,5}? (?:full|exceed\w*|over|überfüllt|voll)\b|over ?quota|quota.{0,15}(?:exceed"
     r"|full"
     r"|violat|reached|limit)|mailbox ?full|(?:exceed\w*|over|out of) (?:\S+ ){0,4}?(?:quota"
     r"|storage|allocat"
     r"|mailbox size|disk space|space)|insufficient (?:disk|mailbox|user)|full mailbox"
     r"|too many messages in"
     r"|too much mail data|mailbox size limit|mailbox exceeded|recipient reached disk"
     r"|no space left for"
     r"|number of messages in recipient's|ящик\w* (?:\S+ ){0,2}переполнен|переполнен\w* (?:почтов"
     r"|ящик)"
     r"|превышен\w* (?:квот|лимит|размер ящик)|скриньк\w* (?:\S+ ){0,2}переповнен|skrzynka\w*"
     r" (?:\S+ ){0,3}(?:pełna|przepełnion)|boite (?:\S+ ){0,3}(?:pleine|satur)"
     r"|boîte (?:\S+ ){0,3}pleine"
     r"|buz[oó]n (?:\S+ ){0,3}llen|casella (?:\S+ ){0,3}piena|caixa (?:\S+ ){0,3}cheia"
     r"|storedrv.{0,60}quota|容量"),
    ("too-big",
     r"(?:message|mail|size|header|data|attachment)\S*(?: \S+){0,6}? (?:too (?:big|large|long)"
     r"|exceeds?(?:"
     r" \S+){0,4}? (?:limit|maximum|size)|larger than)|too (?:big|large) (?:message|mail)"
     r"|size limit exceeded"
     r"|maximum (?:message|size)|message size (?:limit|exceed)|line.{0,20}too long"
     r"|exceeds.{0,30}size"),
    ("suspended",
     r"suspend|(?:account|mailbox|user|address|recipient|domain|box)\S*(?: \S+){0,6}? (?:is "
     r"|been )?"
     r"(?:disabled|inactive\b(?! e-?mail address)|frozen|locked|blocked for inactivity"
     r"|deactivated|dormant"
     r"|administratively|not active)|(?:disabled|deactivated|inactive|locked|archived|dormant)"
     r" (?:user|mailbox|recipient|account)|boite du destinataire archivee|temporarily (?:inactive"
     r"|disabled)"
     r"|no longer accepts (?:mail|messages)|user is terminated"
     r"|заблокирован\w*(?: \S+){0,2} за неактив"
     r"|ящик\w* (?:\S+ )?(?:заблокирован|отключ[её]н)|конто заблоковано"
     r"|mailbox unavailable or access denied"),
    ("moved", r"has moved|(?:has|have) been replaced by|no longer on server|have moved to"
    r"|new address is"),
    ("no-relaying",
     r"relay(?:ing)?(?: access| is| was)?(?: \S+)? (?:denied|prohibited|not (?:permitted|allowed)"
     r"|disallowed"
     r"|refused|rejected|error)|not permitted to relay|do(?:es)? not relay|unable to relay"
     r"|relay denied"
     r"|(?:isn'?t|not) (?:in|a|one of) (?:my|our|the)?(?: list of)? ?(?:allowed)? ?(?:rcpthosts"
     r"|relay)"
     r"|insecure mail relay|is not permitted to relay|relay not|rcpthosts|won'?t relay"
     r"|smtp relay error"
     r"|that domain isn't allowed|mail server requires authentication when|no relay"),
    ("no-reverse-name",
     r"\bptr\b|reverse (?:dns|lookup|hostname|mapping|record)|\brdns\b|forward dns"
     r"|client host(?:name)? "
     r"(?:rejected: )?cannot find|no matches to nameserver|all mail servers must have"),
    ("unauthenticated",
     r"dmarc|\bdkim\b|\bspf\b|sender id\b|purported responsible|sender policy framework"
     r"|unauthenticated email"
     r"|domainkeys|\barc\b.{0,20}fail"),
    ("sender-refused",
     r"sender (?:address |e-?mail |domain |is |was )*(?:rejected|denied|refused|verif|invalid"
     r"|unknown"
     r"|not |does|blocked|blacklist)|(?:address of|domain of|from|envelope) (?:the )?sender"
     r"|domain of sender|unrouteable sender|unroutable sender|invalid sender|sender verify"
     r"|return path"
     r"|null sender|empty (?:envelope )?sender|mail from.{0,30}(?:denied|reject|not|invalid"
     r"|unknown)"
     r"|from:? (?:header|address|domain|domain is).{0,30}(?:invalid|denied|reject|missing|not)"
     r"|<> from"
     r"|backscatter|batv|reverse-path|you are sending to/from|sender nor"),
)  # fmt: skip

AFTER: Table = (
    ("bad-reputation", r"reputation|user complaints|low trust|senderscore"
    r"|unsolicited mail originating"),
    ("rate-limited",
     r"rate ?limit|too fast|throttl|too much mail|too many (?:messages|emails|requests|mails"
     r"|recipients"
     r"|concurrent|connections?|sessions?|errors|hops)|receiving mail (?:at a rate|too quickly)"
     r"|frequency"
     r"|limit.{0,20}(?:exceed|reached)|exceeded.{0,30}(?:limit|rate)|greylist|gr[ae]y-?list"),
    ("blocked",
     r"blacklist|black list|blocklist|block list|block-list|\bblocked\b|\brbl\b|dnsbl|spamhaus"
     r"|spamcop|barracuda"
     r"|banned|denylist|listed (?:at|in|by|on)|client host|refused to talk|your (?:ip|host|server"
     r"|network)"
     r"|bad (?:helo|host)|helo|access denied.{0,40}(?:ip|host)|connection (?:refused by|rejected"
     r"|denied)"
     r"|dynamic (?:ip|address)|please use (?:the|your) |go away|\bcdrbl\b|not accepted from"),
    ("spam",
     r"spam|unsolicited|\bube\b|\buce\b|bulk (?:e-?)?mail|junk|content (?:filter|reject)"
     r"|looks like|phish"
     r"|message (?:was |has been )?(?:rejected|refused|filtered|blocked)|mail rejet|mime ?defang"
     r"|reject, id="),
    ("virus", r"virus|malware|infected|worm\b|trojan|dangerous"),
    ("policy",
     r"polic(?:y|ies)|prohibited|administrative prohibition|you have exceeded|attachment"
     r"|file (?:type|ext)"),
    ("malformed", r"media error|header|mime|encoding|charset|malformed|bare (?:lf|line)"
    r"|content|8-?bit"),
    ("not-permitted",
     r"authenticat|not authori[sz]ed|authori[sz]ation|unauthori[sz]ed|authrequired|permission"
     r"|not permitted"
     r"|not allowed|encrypt|certificate|\btls\b|starttls|login|credentials|restricted|rst\."
     r"|required to"),
    ("refused", r"access denied|administratively|forbidden|denied by|not accept(?:ed"
    r"|ing)? mail from|refused by"),
    ("syntax", r"syntax|bad sequence|command (?:not|unrecogni|parameter)|not implemented"),
    ("expired",
     r"expired|giving up|given up|gave up|retry time(?:out)?|too long in|in the queue"
     r"|queue (?:life|time)"
     r"|timed? ?out|will (?:be )?retr|could not (?:be )?deliver\w* (?:for|after|within)|try again"
     r"|later"
     r"|after \d+ (?:day|hour|tr|min)|for \d+ (?:day|hour)|no answer|not reachable|can't send"
     r"|cannot send"
     r" message (?:for|within)|multiple retries|resources temporarily|temporar|deferred"
     r"|could not find a gateway"),
    ("unreachable",
     r"dns error|connection (?:refused|reset|closed|lost|dropped|failed|attempt)|no route|network"
     r"|lost connection"
     r"|unreachable|could not connect|unable to connect|loop|hop count|too many hops"
     r"|malformed or unexpected"
     r"|name server.{0,20}(?:fail|timeout|error$)|host name lookup failure|lookup (?:failure"
     r"|error)|conversation"
     r"|best-preference mx|establish an smtp|all routes|no valid route|no mx found"
     r"|lookup failed to complete"),
    ("server-error",
     r"local (?:error|configuration|delivery fail|problem)|system (?:error|is full|resources"
     r"|storage)"
     r"|configuration|internal (?:server )?error|i/o error|can't create|cannot create|write error"
     r"|mailer error"
     r"|service (?:currently |temporarily )?(?:unavailable|not available|refused)|aliasing"
     r"|unable to process"
     r"|procmail|command (?:failed|died|died with)|exit (?:status|code)|pipe to|out of memory"
     r"|server error"
     r"|several matches|ambiguous"),
)  # fmt: skip

MOVED_OUT = r"5\.1\.6|5\.7\.1[78]"
NO_HOST = (
    r"(?:host|domain|mx)(?: or domain)?(?: name)?(?: \S+){0,3}? (?:not found|unknown|does(?: not"
    r"|n'?t) exist"
    r"|not exist\w*|is invalid|could(?:n't| not) be found|cannot be found|is not reachable"
    r"|must exist)"
    r"|(?:unknown|no such|invalid|illegal|bad|nonexistent) (?:mail |remote |destination |target )?"
    r"(?:host|domain|hostname|host/domain)|unrouteable|unroutable|nxdomain"
    r"|name or service not known"
    r"|couldn't find any host|could not find any host|non-?existent (?:host|domain)|no (?:mx"
    r"|dns)(?: \S+)?"
    r" records?|host address lookups failed permanently|domain (?:gone|expired|not registered)"
    r"|remote domain does ?n[o']?t exist|no a record|dns domain|домен\w*(?: \S+)? не (?:найден"
    r"|существует)"
    r"|домен\w*(?: \S+)? не (?:існує|знайдено)|(?:domena|domeny)(?: \S+)? nie (?:istnieje"
    r"|znaleziono)"
    r"|ドメイン[^。]{0,20}(?:見つかりません|存在しません)"
    r"|couldn't find a mail exchanger or ip address$"
)
NO_MAIL = (
    r"not accept(?:ing)? (?:any |network |incoming |inbound )?(?:e-?mail|mail"
    r"|messages)\b(?! from)|null ?mx"
    r"|(?:doesn't|does not|do not|don't|never) (?:receive|accept|support) (?:any |incoming "
    r"|internet )?(?:e-?mail|mail|smtp)\b"
    r"(?! from)|no smtp service|reject all mails?|no mail (?:service|server) here"
    r"|mail receiving disabled"
    r"|not accepting network messages|no host found for existing smtp|host does not accept"
    r"|couldn't find a mail exchanger|has no mail (?:exchanger|server)"
)

_ADDRESS = re.compile(r"<?[^\s<>()\[\]\"']{1,80}@[^\s<>()\[\]\"',;:]{1,255}>?")
_LINK = re.compile(r"https?://\S+|\bsee www\.\S+")
_HOST = re.compile(
    r"\b(host|from|with|to|server|dns;|by|at|for) (?!to\b)[\w-]+(?:\.[\w-]+)+(?:\[[^\]]*\])?"
)


def plain_words(text: str) -> str:
    """As the tables expect it; at most 4,000 characters."""
    text = _LINK.sub(" ", text[:8_000])
    text = _ADDRESS.sub("@", text)
    text = " ".join(text.lower().replace("\u2019", "'").split())
    return _HOST.sub(r"\1 x", text)[:4_000]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def says(pattern: str, words: str) -> bool:
    """Whether `plain_words` hold one of a table's patterns."""
    return _compiled(pattern).search(words) is not None


def first(table: Table, words: str) -> str:
    """The first cause of a table that the words tell; empty when none."""
    return next((cause for cause, pattern in table if says(pattern, words)), "")
