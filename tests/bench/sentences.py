"""What the benchmark's customers write: whole sentences of support mails in seven languages, to be combined by chance.

The slots are the same in each: {part} of the product, {host}, {hour}, {count}, {number}. In English nothing is asked
that the irex policy would not cover, so that language alone decides what becomes of a mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tongue:
    code: str
    """ISO 639-1."""
    charset: str
    """What older mail programs write it in."""
    names: Sequence[str]
    greetings: Sequence[str]
    parts: Sequence[str]
    subjects: Sequence[str]
    openings: Sequence[str]
    details: Sequence[str]
    questions: Sequence[str]
    closings: Sequence[str]


ENGLISH = Tongue(
    "en",
    "us-ascii",
    ("Ana Ruiz", "Tom Baker", "Grace Hill", "Liam Walsh", "Nora Quinn", "Peter Shaw", "Kate Moss", "Hugh Lane"),
    ("Hello,", "Good morning,", "Dear support team,", "Hi all,", "Dear Sir or Madam,", "Good afternoon,"),
    ("the camera list", "the archive", "the alarm page", "the map view", "the event search", "the recording schedule"),
    (
        "Question about {part}",
        "{part} shows nothing on {host}",
        "Recording stopped at {hour}:{number}",
        "Slow answers from {part}",
        "Error {count} in {part}",
        "Users cannot open {part}",
        "Wrong time in {part} on {host}",
        "{host}: warning after the restart",
    ),
    (
        "since {hour} o'clock this morning {part} does not show the events of our server {host} any more.",
        "we see the error {count} each time when somebody opens {part} on {host}.",
        "after the restart of {host} at {hour}:{number} our users wait a long time for {part}.",
        "two of our operators cannot open {part}, while it works for all the others.",
        "I would like to know which setting decides how long {part} keeps what it has received.",
        "the server {host} stopped recording at {hour}:{number}, and nobody noticed it until now.",
        "every evening at about {hour} o'clock {part} becomes so slow that we have to open it again.",
        "we noticed that {part} lists {count} entries, although the server holds far more of them.",
    ),
    (
        "The machine has {number} GB of memory, and there is enough room left on its disk.",
        "We have restarted the service on {host} twice, but nothing has changed since then.",
        "It happened for the first time at {hour}:{number}, and {count} times since.",
        "In the log we only find a line which says that request {count} took too long.",
        "All the other clients in building {number} work as they did before the weekend.",
        "The colleague who saw it first says that the page stayed white for a minute.",
        "Nobody has changed anything in the configuration of {part} for {number} days.",
        "When we filter by the name of the camera, the list is complete again.",
        "The clock of {host} is right, we compared it with two others.",
        "The file that was written at {hour}:{number} is the last one that is there.",
        "We can reproduce it with the camera number {count} on the ground floor.",
        "The network between the two sites was measured yesterday and showed no losses.",
        "Our guards write down on paper what they see until this is working again.",
        "For the moment we open {part} on the second screen, which helps a little.",
        "The same thing was seen on a second computer in room {count}.",
        "As far as we can tell, no recordings are missing from before {hour} o'clock.",
    ),
    (
        "Could you please tell us what we should look at first?",
        "Do you know what the number {count} in this message means?",
        "Is there a setting for {part} which we have overlooked?",
        "Which information do you need from us in order to find the cause?",
        "When can we expect an answer to this?",
        "Where is it documented how {part} treats entries like these?",
    ),
    ("Kind regards", "Many thanks and best regards", "Best wishes", "Thank you very much", "With kind regards"),
)
GERMAN = Tongue(
    "de",
    "iso-8859-1",
    ("Jürgen Groß", "Käthe Müller", "Anna Schröder", "Bernd Weiß", "Sabine Köhler", "Uwe Hartmann"),
    ("Guten Tag,", "Sehr geehrte Damen und Herren,", "Hallo zusammen,", "Guten Morgen,", "Liebes Support-Team,"),
    ("die Kameraliste", "das Archiv", "die Alarmseite", "die Kartenansicht", "die Ereignissuche"),
    (
        "Frage zu den Einstellungen: {part}",
        "Störung auf {host} seit {hour} Uhr",
        "Fehler {count} beim Öffnen",
        "{part} ist sehr langsam",
        "Benutzer können sich nicht mehr anmelden",
    ),
    (
        "seit heute früh um {hour} Uhr werden auf unserem Server {host} keine Ereignisse mehr angezeigt.",
        "jedes Mal, wenn jemand die Übersicht öffnet, erscheint bei uns die Fehlermeldung {count}.",
        "nach dem Neustart von {host} um {hour}:{number} müssen unsere Benutzer sehr lange warten.",
        "zwei unserer Mitarbeiter können sich nicht mehr anmelden, bei allen anderen funktioniert es.",
        "ich möchte gerne wissen, welche Einstellung bestimmt, wie lange etwas aufbewahrt wird: {part}.",
    ),
    (
        "Der Rechner hat {number} GB Arbeitsspeicher, und auf der Festplatte ist noch genügend Platz frei.",
        "Wir haben den Dienst bereits zweimal neu gestartet, aber es hat sich nichts geändert.",
        "Zum ersten Mal ist es um {hour}:{number} Uhr aufgetreten, und seitdem noch {count} Mal.",
        "Im Protokoll finden wir nur eine Zeile, nach der die Anfrage zu lange gedauert hat.",
        "Alle anderen Arbeitsplätze im Gebäude {number} laufen so wie vor dem Wochenende.",
        "An der Konfiguration hat bei uns seit {number} Tagen niemand etwas verändert.",
        "Die Kollegin, die es zuerst gesehen hat, sagt, dass die Seite eine Minute lang weiß blieb.",
        "Wenn wir nach dem Namen der Kamera filtern, ist die Liste wieder vollständig.",
        "Das Netz zwischen den beiden Standorten wurde gestern gemessen und zeigte keine Verluste.",
        "Vorläufig schreiben unsere Wachleute auf, was sie auf den Bildschirmen sehen.",
    ),
    (
        "Können Sie uns bitte sagen, was wir zuerst prüfen sollen?",
        "Wissen Sie, was die Nummer {count} in dieser Meldung bedeutet?",
        "Welche Angaben benötigen Sie noch von uns, um die Ursache zu finden?",
        "Wann dürfen wir mit einer Antwort rechnen?",
    ),
    ("Mit freundlichen Grüßen", "Viele Grüße", "Besten Dank und freundliche Grüße", "Herzliche Grüße"),
)
FRENCH = Tongue(
    "fr",
    "iso-8859-1",
    ("Hélène Lefèvre", "François Garnier", "Chloé Bérard", "Jérôme Petit", "Amélie Rousseau"),
    ("Bonjour,", "Madame, Monsieur,", "Bonjour à toute l'équipe,", "Chers collègues,"),
    ("la liste des caméras", "l'archive", "la page des alarmes", "la carte", "la recherche d'événements"),
    (
        "Question au sujet de {part}",
        "Panne sur {host} depuis {hour} heures",
        "Erreur {count} à l'ouverture",
        "{part} répond très lentement",
    ),
    (
        "depuis {hour} heures ce matin, notre serveur {host} n'affiche plus aucun événement.",
        "chaque fois que quelqu'un ouvre {part}, nous voyons apparaître l'erreur {count}.",
        "depuis le redémarrage de {host} à {hour}h{number}, nos utilisateurs attendent très longtemps.",
        "deux de nos opérateurs n'arrivent plus à se connecter, alors que tout marche chez les autres.",
        "je voudrais savoir quel réglage décide de la durée pendant laquelle les données sont gardées.",
    ),
    (
        "La machine dispose de {number} Go de mémoire et il reste assez de place sur le disque.",
        "Nous avons déjà redémarré le service deux fois, mais cela n'a rien changé.",
        "Cela s'est produit pour la première fois à {hour}h{number}, et {count} fois depuis.",
        "Dans le journal, nous trouvons seulement une ligne disant que la demande a duré trop longtemps.",
        "Tous les autres postes du bâtiment {number} fonctionnent comme avant le week-end.",
        "Personne n'a touché à la configuration depuis {number} jours.",
        "La collègue qui l'a remarqué dit que la page est restée blanche pendant une minute.",
        "Quand nous filtrons par le nom de la caméra, la liste est de nouveau complète.",
        "Le réseau entre les deux sites a été mesuré hier et ne montrait aucune perte.",
        "En attendant, nos gardiens notent sur papier ce qu'ils voient sur les écrans.",
    ),
    (
        "Pourriez-vous nous dire ce que nous devons vérifier en premier lieu ?",
        "Savez-vous ce que signifie le numéro {count} dans ce message ?",
        "De quelles informations avez-vous encore besoin pour trouver la cause ?",
        "Quand pouvons-nous espérer une réponse de votre part ?",
    ),
    ("Cordialement", "Bien à vous", "Avec mes meilleures salutations", "Merci d'avance et bonne journée"),
)
SPANISH = Tongue(
    "es",
    "iso-8859-1",
    ("José Muñoz", "María Ibáñez", "Andrés Peña", "Lucía Gómez", "Raúl Ordóñez"),
    ("Buenos días:", "Estimados señores:", "Hola a todos:", "Buenas tardes:"),
    ("la lista de cámaras", "el archivo", "la página de alarmas", "el mapa", "la búsqueda de sucesos"),
    (
        "Pregunta sobre {part}",
        "Fallo en {host} desde las {hour} horas",
        "Error {count} al abrir la página",
        "{part} responde muy despacio",
    ),
    (
        "desde las {hour} de esta mañana nuestro servidor {host} ya no muestra ningún suceso.",
        "cada vez que alguien abre {part} nos aparece en la pantalla el error {count}.",
        "después de reiniciar {host} a las {hour}:{number}, nuestros usuarios tienen que esperar mucho tiempo.",
        "dos de nuestros operadores ya no pueden entrar, aunque a todos los demás les funciona.",
        "quisiera saber qué ajuste decide durante cuánto tiempo se guardan los datos.",
    ),
    (
        "La máquina tiene {number} GB de memoria y queda bastante espacio libre en el disco.",
        "Ya hemos reiniciado el servicio dos veces, pero no ha cambiado nada.",
        "Ocurrió por primera vez a las {hour}:{number}, y desde entonces otras {count} veces.",
        "En el registro solo encontramos una línea que dice que la petición tardó demasiado.",
        "Todos los demás puestos del edificio {number} funcionan igual que antes del fin de semana.",
        "Nadie ha cambiado nada en la configuración desde hace {number} días.",
        "La compañera que lo vio primero dice que la página se quedó en blanco durante un minuto.",
        "Cuando filtramos por el nombre de la cámara, la lista vuelve a estar completa.",
        "La red entre las dos sedes se midió ayer y no mostraba ninguna pérdida.",
        "Por ahora nuestros vigilantes apuntan en papel lo que ven en las pantallas.",
    ),
    (
        "¿Podrían decirnos qué debemos comprobar en primer lugar?",
        "¿Saben ustedes qué significa el número {count} en este mensaje?",
        "¿Qué información necesitan todavía de nosotros para encontrar la causa?",
        "¿Cuándo podemos esperar una respuesta?",
    ),
    ("Un cordial saludo", "Muchas gracias y saludos", "Atentamente", "Reciban un saludo"),
)
ITALIAN = Tongue(
    "it",
    "iso-8859-1",
    ("Niccolò Ferri", "Giulia Bianchi", "Marco Conti", "Chiara Greco", "Desirée Rinaldi"),
    ("Buongiorno,", "Gentili signori,", "Ciao a tutti,", "Buonasera,"),
    ("l'elenco delle telecamere", "l'archivio", "la pagina degli allarmi", "la mappa", "la ricerca degli eventi"),
    (
        "Domanda su {part}",
        "Guasto su {host} dalle ore {hour}",
        "Errore {count} all'apertura",
        "{part} risponde molto lentamente",
    ),
    (
        "dalle {hour} di questa mattina il nostro server {host} non mostra più alcun evento.",
        "ogni volta che qualcuno apre {part} ci compare sullo schermo l'errore {count}.",
        "dopo il riavvio di {host} alle {hour}:{number} i nostri utenti devono aspettare molto a lungo.",
        "due dei nostri operatori non riescono più a entrare, mentre per tutti gli altri funziona.",
        "vorrei sapere quale impostazione decide per quanto tempo vengono conservati i dati.",
    ),
    (
        "La macchina ha {number} GB di memoria e sul disco c'è ancora spazio a sufficienza.",
        "Abbiamo già riavviato il servizio due volte, ma non è cambiato nulla.",
        "È successo per la prima volta alle {hour}:{number}, e da allora altre {count} volte.",
        "Nel registro troviamo soltanto una riga che dice che la richiesta è durata troppo.",
        "Tutte le altre postazioni dell'edificio {number} funzionano come prima del fine settimana.",
        "Nessuno ha modificato nulla nella configurazione da {number} giorni.",
        "La collega che l'ha visto per prima dice che la pagina è rimasta bianca per un minuto.",
        "Quando filtriamo per il nome della telecamera, l'elenco è di nuovo completo.",
        "La rete tra le due sedi è stata misurata ieri e non mostrava alcuna perdita.",
        "Per il momento le nostre guardie annotano su carta quello che vedono sugli schermi.",
    ),
    (
        "Potreste dirci che cosa dobbiamo controllare per prima cosa?",
        "Sapete che cosa significa il numero {count} in questo messaggio?",
        "Di quali informazioni avete ancora bisogno per trovare la causa?",
        "Quando possiamo aspettarci una risposta?",
    ),
    ("Cordiali saluti", "Grazie mille e a presto", "Distinti saluti", "Un caro saluto"),
)
DUTCH = Tongue(
    "nl",
    "iso-8859-1",
    ("Jan de Vries", "Zoë Bakker", "Daniël Smit", "Eefje Hendriks", "Koen van Dijk"),
    ("Goedemorgen,", "Geachte heer, mevrouw,", "Beste collega's,", "Hallo allemaal,"),
    ("de cameralijst", "het archief", "de alarmpagina", "de kaart", "het zoeken naar gebeurtenissen"),
    (
        "Vraag over {part}",
        "Storing op {host} sinds {hour} uur",
        "Fout {count} bij het openen",
        "{part} reageert erg traag",
    ),
    (
        "sinds vanmorgen {hour} uur laat onze server {host} geen gebeurtenissen meer zien.",
        "telkens wanneer iemand de pagina opent, krijgen wij foutmelding {count} te zien.",
        "na het herstarten van {host} om {hour}:{number} moeten onze gebruikers heel lang wachten.",
        "twee van onze medewerkers kunnen niet meer inloggen, terwijl het bij alle anderen werkt.",
        "ik zou graag willen weten welke instelling bepaalt hoe lang de gegevens bewaard blijven.",
    ),
    (
        "De machine heeft {number} GB geheugen en op de schijf is nog voldoende ruimte vrij.",
        "Wij hebben de dienst al twee keer opnieuw gestart, maar er is niets veranderd.",
        "Het gebeurde voor het eerst om {hour}:{number} uur, en daarna nog {count} keer.",
        "In het logboek vinden wij alleen een regel dat de aanvraag te lang heeft geduurd.",
        "Alle andere werkplekken in gebouw {number} werken zoals vóór het weekend.",
        "Niemand heeft de afgelopen {number} dagen iets aan de configuratie veranderd.",
        "De collega die het als eerste zag, zegt dat de pagina een minuut lang wit bleef.",
        "Als wij op de naam van de camera filteren, is de lijst weer volledig.",
        "Het netwerk tussen de twee vestigingen is gisteren gemeten en liet geen verlies zien.",
        "Voorlopig schrijven onze bewakers op papier wat zij op de schermen zien.",
    ),
    (
        "Kunt u ons vertellen wat wij als eerste moeten controleren?",
        "Weet u wat het nummer {count} in deze melding betekent?",
        "Welke gegevens heeft u nog van ons nodig om de oorzaak te vinden?",
        "Wanneer mogen wij een antwoord verwachten?",
    ),
    ("Met vriendelijke groet", "Hartelijk dank en vriendelijke groeten", "Groeten", "Alvast bedankt"),
)
POLISH = Tongue(
    "pl",
    "iso-8859-2",
    ("Łukasz Wiśniewski", "Żaneta Nowak", "Paweł Dąbrowski", "Małgorzata Zając", "Jędrzej Kowalski"),
    ("Dzień dobry,", "Szanowni Państwo,", "Witam,", "Drodzy koledzy,"),
    ("lista kamer", "archiwum", "strona alarmów", "widok mapy", "wyszukiwanie zdarzeń"),
    (
        "Pytanie: {part}",
        "Awaria na {host} od godziny {hour}",
        "Błąd {count} przy otwieraniu",
        "Bardzo wolno działa {part}",
    ),
    (
        "od godziny {hour} dziś rano nasz serwer {host} nie pokazuje już żadnych zdarzeń.",
        "za każdym razem, gdy ktoś otwiera stronę, pojawia się u nas błąd {count}.",
        "po ponownym uruchomieniu {host} o {hour}:{number} nasi użytkownicy muszą bardzo długo czekać.",
        "dwóch naszych pracowników nie może się już zalogować, a u wszystkich innych działa.",
        "chciałbym wiedzieć, które ustawienie decyduje o tym, jak długo przechowywane są dane.",
    ),
    (
        "Komputer ma {number} GB pamięci, a na dysku jest jeszcze wystarczająco dużo miejsca.",
        "Uruchomiliśmy usługę ponownie już dwa razy, ale nic się nie zmieniło.",
        "Po raz pierwszy zdarzyło się to o {hour}:{number}, a od tego czasu jeszcze {count} razy.",
        "W dzienniku znajdujemy tylko wiersz, że żądanie trwało zbyt długo.",
        "Wszystkie inne stanowiska w budynku {number} działają tak jak przed weekendem.",
        "Od {number} dni nikt niczego nie zmieniał w konfiguracji.",
        "Koleżanka, która zauważyła to pierwsza, mówi, że strona przez minutę była biała.",
        "Gdy filtrujemy według nazwy kamery, lista jest znowu kompletna.",
        "Sieć między obiema siedzibami została wczoraj zmierzona i nie wykazała żadnych strat.",
        "Na razie nasi strażnicy zapisują na papierze, co widzą na ekranach.",
    ),
    (
        "Czy mogą nam Państwo powiedzieć, co powinniśmy sprawdzić najpierw?",
        "Czy wiedzą Państwo, co oznacza numer {count} w tym komunikacie?",
        "Jakich informacji jeszcze od nas potrzeba, aby znaleźć przyczynę?",
        "Kiedy możemy spodziewać się odpowiedzi?",
    ),
    ("Z poważaniem", "Pozdrawiam serdecznie", "Dziękuję i pozdrawiam", "Z wyrazami szacunku"),
)

OTHERS = (GERMAN, FRENCH, SPANISH, ITALIAN, DUTCH, POLISH)
