"""What automatic mail says of itself, in the languages of the programs that send it.

Subjects are the prefixes that Exchange, Outlook.com, Gmail, Domino, GroupWise, Zimbra,
Roundcube's and Horde's vacation, Mail.ru, Yandex and the hosting panels put before the
original subject; a subject counts only at its beginning, since a person who answers such a
mail repeats it behind "Re:".
"""

from __future__ import annotations

import re

AUTO_SUBJECT = re.compile(
    r"\s*\W{0,3}(?:auto(?:matic|mated|matische?r?|mata)?[- ]?(?:e-?mail )?(?:reply|response"
    r"|responder"
    r"|answer|acknowledge?ment)\b|autoreply\b|autoresponder\b|auto\s?:"
    r"|out[- ]of[- ](?:the[- ])?office"
    r"|ooo\s?[:\]]|\[?ooo\]|away from (?:my|the)|i(?:'| a)m (?:currently )?(?:out of|away"
    r"|on (?:vacation"
    r"|holiday|leave))|vacation (?:reply|response|notice|message|notification)|on vacation\s*[:(]"
    r"|absence notice|absent\s*:"
    # uk, ru, be, bg
    r"|автоматична відповідь|автовідповід\w*|я не в офісі|поза офісом|відсутн\w+ (?:в|на)"
    r"|автоматический ответ|автоответ\w*|вне офиса|отсутств\w+ (?:в офисе|на рабочем|на работе)"
    r"|нет на месте"
    r"|меня нет|нахожусь в отпуске|в отпуске\s*:|аўтаматычны адказ|автоматичен отговор|извън офиса"
    # pl, cs, sk, hu, ro
    r"|odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|autoodpowiedz|poza biurem"
    r"|nieobecność w (?:biurze|pracy)|automatická odpov[eě][dď]ď?|odpověď v nepřítomnosti"
    r"|mimo kancel[áa][řr]?"
    r"|oznámení o nepřítomnosti|oznámenie o neprítomnosti|automatikus válasz|házon kívül"
    r"|irodán kívül"
    r"|răspuns automat|raspuns automat|în afara biroului|automatski odgovor|samodejni odgovor"
    # de, nl, da, sv, no, fi
    r"|automatische (?:antwort|rückmeldung)|automatisch antwoord|automatisch(?:e)? beantwoord"
    r"|abwesenheits(?:notiz|nachricht|meldung|benachrichtigung|assistent)|abwesend\b"
    r"|abwesenheit\s*:"
    r"|bin (?:derzeit |zurzeit |momentan )?(?:nicht im (?:büro|haus)|im urlaub|abwesend)"
    r"|nicht im büro\s*:"
    r"|afwezig(?:heid)?|niet aanwezig\s*:|automati(?:skt|sk) svar|autosvar|frånvaro"
    r"|ikke til stede|fravær"
    r"|ikke på kontoret|automaattinen vastaus|poissaolo|poissa toimistosta|poissa\s*:"
    # fr, es, pt, it, ca
    r"|réponse automatique|reponse automatique|absence du bureau|réponse d'absence"
    r"|message d'absence"
    r"|absent[e]? du bureau|répondeur automatique|respuesta automática|respuesta automatica"
    r"|fuera de (?:la )?oficina|autorespuesta|ausencia de (?:la )?oficina|risposta automatica"
    r"|fuori (?:sede|ufficio)|assente dall'ufficio|risponditore automatico|resposta automática"
    r"|resposta automatica|fora do escritório|ausência (?:temporária|do escritório)"
    r"|ausente do escritório"
    # tr, el, ja, zh, ko, he, ar, vi, id, th
    r"|otomatik (?:yanıt|cevap)|ofis dışında|αυτόματη απάντηση|εκτός γραφείου|自動(?:返信|応答)"
    r"|不在通知"
    r"|不在のお知らせ|自动(?:回复|答复)|自動回覆|自動回應|外出|부재[ ]?중|자동[ ]?(?:회신|응답"
    r"|답장)"
    r"|מענה אוטומטי|תשובה אוטומטית|الرد التلقائي|رد تلقائي|trả lời tự động|balasan otomatis"
    r"|การตอบกลับอัตโนมัติ)",
    re.I,
)

NAMES_ITSELF = re.compile(
    r"auto(?!\s*:)|авто|аўта|αυτόμ|自動|自动|자동|אוטומטי|تلقائي|tự động|otomati|อัตโนมัติ|notiz"
    r"|assistent|samodejni",
    re.I,
)
"""Subjects that say "automatic" in so many words; the others are people's words too."""

ABSENT = re.compile(
    r"out of (?:the |my )?office|out-of-office|\booo\b|vacation|on (?:annual |parental "
    r"|maternity |sick )?leave"
    r"|away (?:from|until|on|till)|on holiday|am away|not in the office"
    r"|limited access to (?:my )?e-?mail"
    r"|back (?:in the office )?on|return(?:ing)? (?:to the office )?on|absence notice|absent"
    r"|абсент|поза офісом|у відпустці|відпустк|відсутн|не в офісі|вне офиса|в отпуске|отпуск"
    r"|отсутств"
    r"|нет на месте|не в офисе|в командировке|у відрядженні|меня (?:нет|не будет)|в адпачынку"
    r"|извън офиса|отпуска"
    r"|poza biurem|na urlopie|urlop|nieobecn|abwesen|außer haus|nicht im (?:büro|haus)|im urlaub"
    r"|auf dienstreise"
    r"|elternzeit|absence|en congé|en vacances|hors du bureau|de retour le"
    r"|fuera de (?:la )?oficina|de vacaciones"
    r"|ausente|de baja|fuori (?:sede|ufficio)|in ferie|assente|fora do escritório|férias|ausência"
    r"|afwezig|niet aanwezig|met vakantie|op vakantie|frånvar|semester|på ferie|fravær"
    r"|på kontoret|poissa|lomalla"
    r"|mimo kancelář|nepřítom|neprítom|dovolen|házon kívül|szabadság|irodán kívül|concediu"
    r"|în afara biroului"
    r"|ofis dışı|izinde|tatilde|εκτός γραφείου|άδεια|不在|休暇|休業|外出|出差|休假|부재|휴가"
    r"|חופשה|إجازة"
    r"|خارج المكتب",
    re.I,
)

RECEIPT_SUBJECT = re.compile(
    # "Read:", "Not read:", "Delivered:" as Outlook, Thunderbird, Gmail and Lotus write them.
    r"\s*(?:(?:not )?read(?: receipt)?|return receipt(?: \(displayed\))?|(?:un)?read|deleted"
    r"|delivered|relayed|displayed"
    r"|disposition notification|read notification"
    r"|прочитано|не прочитано|доставлено|уведомление о прочтении|подтверждение (?:прочтения"
    r"|получения)"
    r"|сповіщення про прочитання|підтвердження прочитання|прочитане|przeczytane|przeczytano"
    r"|nieprzeczytane"
    r"|potwierdzenie (?:odczytu|odbioru|przeczytania)|dostarczone|gelesen|ungelesen"
    r"|lesebestätigung|zugestellt"
    r"|empfangsbestätigung|lu|non lu|accusé de (?:lecture|réception)|confirmation de lecture"
    r"|remis|leído|no leído"
    r"|confirmación de lectura|acuse de recibo|letto|non letto|conferma di lettura"
    r"|ricevuta di ritorno|lida?"
    r"|não lida?|confirmação de leitura|recibo de leitura|gelezen|ongelezen|leesbevestiging"
    r"|ontvangstbevestiging"
    r"|läst|oläst|läskvitto|læst|kvittering for læsning|lest|lesebekreftelse|luettu|lukukuittaus"
    r"|přečteno"
    r"|potvrzení o přečtení|prečítané|potvrdenie o prečítaní|elolvasva|olvasási visszaigazolás"
    r"|citit"
    r"|confirmare de citire|okundu|okundu bilgisi|διαβάστηκε|開封(?:済み|確認|通知)|已读|已讀"
    r"|读取回执|읽음"
    r"|прочетено)"
    r"\s*(?::|：|\Z)",
    re.I,
)

CHALLENGE_SUBJECT = re.compile(
    # TMDA, Spam Arrest, Boxbe, EarthLink: "prove that you are human, then he will get it".
    r"\s*(?:\[?boxbe|please confirm (?:your|that you sent)|confirm your message"
    r"|verify your e?-?mail to"
    r"|your (?:e-?mail|message) (?:to \S+ )?(?:requires (?:verification|confirmation)|is awaiting"
    r"|was held)"
    r"|sender verification|подтвердите отправку|\S+ wants you to verify)",
    re.I,
)

ABUSE_TEXT = re.compile(
    r"\s*this is an? (?:e-?mail )?abuse report for an e-?mail(?: message)?", re.I
)
