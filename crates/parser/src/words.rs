//! The vocabulary: programs, verbs, and words that tell prose from commands.

use std::collections::HashSet;
use std::sync::{LazyLock, OnceLock};

/// Programs whose names are not ordinary words: a line that starts with one is most likely a command.
#[rustfmt::skip]
const PROGRAMS: &str = "kubectl k oc docker docker-compose podman buildah skopeo crictl nerdctl ctr helm helmfile kustomize k9s kubectx kubens \
 minikube kind k3s k3sctl kubeadm kops eksctl istioctl linkerd velero argocd argo flux kn tkn virtctl stern calicoctl cilium hubble \
 aws aws-vault awslocal sam cdk gcloud gsutil bq kubens az azcopy cf bosh fly heroku doctl linode-cli ibmcloud openstack nova neutron \
 glance cinder swift nomad consul vault consul-template terraform terragrunt tofu packer pulumi ansible ansible-playbook ansible-vault \
 ansible-galaxy salt salt-call salt-run salt-key salt-ssh puppet chef-client knife berks vagrant git gh glab hub svn hg ssh scp sftp rsync \
 ssh-keygen ssh-add ssh-copy-id mosh curl wget http httpie nc ncat netcat nmap dig nslookup ping ping6 traceroute tracepath mtr telnet ip \
 ifconfig netstat ss iptables ip6tables nft ufw firewall-cmd tcpdump ethtool route arp iwconfig nmcli resolvectl systemd-resolve \
 systemctl journalctl hostnamectl timedatectl loginctl systemd-analyze systemd-run initctl rc-service update-rc.d chkconfig supervisorctl \
 monit pm2 sudo su doas chroot nsenter unshare strace ltrace lsof fuser ps pgrep pkill killall htop atop iotop vmstat iostat mpstat sar \
 dstat dmesg uptime free df du lsblk blkid fdisk parted mkfs mkfs.ext4 mkfs.xfs fsck xfs_growfs xfs_repair resize2fs growpart lvs vgs pvs \
 lvextend lvcreate lvremove vgextend pvcreate pvresize mdadm smartctl hdparm umount findmnt swapon swapoff zpool zfs btrfs \
 ls cd cp mv rm mkdir rmdir ln chmod chown chgrp tar gzip gunzip zcat bzip2 xz unzip zip grep egrep fgrep zgrep rg awk gawk sed xargs tee \
 jq yq wc uniq tr base64 openssl md5sum sha256sum sha1sum cksum hexdump xxd od envsubst printf source export unset alias ulimit sysctl \
 modprobe lsmod insmod rmmod lspci lsusb dmidecode apt apt-get apt-cache dpkg yum dnf rpm zypper apk pacman brew snap flatpak pip pip3 \
 pipenv poetry uv npm npx yarn pnpm node python python2 python3 ruby perl php java javac mvn gradle gradlew go cargo rustup rustc make cmake \
 gem bundle rake rails mix composer artisan dotnet psql pg_dump pg_restore pg_dumpall pg_ctl pg_basebackup pgbench createdb dropdb \
 createuser pg_isready pg_ctlcluster pg_lsclusters patronictl repmgr pgbackrest wal-g wal-e barman mysql mysqldump mysqladmin mariadb mysqlcheck mysqlbinlog \
 mongo mongosh mongodump mongorestore redis-cli redis-server sqlite3 cqlsh nodetool sqlplus rman sqlcmd influx clickhouse-client etcdctl \
 etcdutl zkCli.sh kafka-topics kafka-topics.sh kafka-consumer-groups kafka-consumer-groups.sh kafka-configs.sh kafka-console-consumer \
 kafkacat kcat rabbitmqctl rabbitmq-diagnostics rabbitmq-plugins ceph rados rbd radosgw-admin ceph-volume cephadm gluster virsh qm pct esxcli govc ipmitool racadm \
 haproxy nginx nginxctl apachectl apache2ctl httpd varnishadm varnishlog squid certbot acme.sh keytool amtool promtool logcli tempo-cli mimirtool \
 cortextool thanos grafana-cli crontab useradd usermod userdel groupadd passwd chage getent adduser deluser visudo vi vim nano emacs tmux \
 nohup watchman gpg gpg2 pass op sops age kinit klist ldapsearch ldapmodify realm sss_cache cat tac nl chronyc ntpq ntpdate logrotate restorecon \
 setenforce getenforce semanage ausearch auditctl gitlab-ctl gitlab-rake gitlab-rails gitlab-psql gitlab-runner bin/rails bin/rake tsh tctl boundary \
 twistcli trivy grype syft cosign crane oras steampipe gomplate step cfssl ec2-metadata cloud-init juju lxc lxd maas rclone restic borg \
 duplicity mc s3cmd s5cmd ab wrk hey k6 jmeter locust vegeta phpunit pytest tox jest eksctl kcadm.sh wso2server.sh jstack jmap jstat jcmd jps \
 wmic netsh ipconfig sc schtasks robocopy xcopy icacls net gpupdate taskkill tasklist reg dsquery repadmin dcdiag msiexec choco winget scoop \
 rosa ocm osdctl backplane hivectl openshift-install oadm odo crc metal3 clusterctl talosctl tanzu kapp ytt imgpkg vendir rke rke2 rancher \
 gcloud-sdk firebase vercel netlify wrangler flyctl railway cypher-shell neo4j-admin solr bin/solr elasticsearch-keystore curator filebeat \
 mkpasswd htpasswd pwgen uuidgen fallocate dd truncate shred sync reboot shutdown poweroff halt systemd-cgls whoami hostname uname lscpu \
 pvs vgdisplay lvdisplay multipath multipathd iscsiadm showmount exportfs nfsstat mount.nfs smbclient smbstatus zabbix_get snmpwalk snmpget \
 freeipa ipa getfacl setfacl chattr lsattr stat readlink realpath basename dirname mktemp seq tput stty bash sh zsh ksh dash pushd popd \
 bundle exec rackup sidekiqctl unicorn puma passenger-status dokku kamal capistrano cap gds ./manage.py manage.py django-admin celery airflow superset \
 dbt spark-submit hdfs hadoop yarn hive beeline impala-shell sqoop oozie nifi.sh bin/kafka-topics.sh cockroach yugabyted ysqlsh tiup tikv-ctl vtctl vtctlclient \
 pt-online-schema-change pt-table-checksum pt-archiver gh-ost mysqlsh mysqlrouter xtrabackup innobackupex mariabackup proxysql-admin pgbouncer \
 aws-iam-authenticator kubelet kube-apiserver containerd runc newrelic datadog-agent dd-agent telegraf";

/// Programs whose names are also words of prose: they need a flag, a path or the like beside them.
#[rustfmt::skip]
const WORDLIKE: &str = "find test watch time kill cut sort split join top which who date echo read set wait sleep service host mount start more \
 less screen expand install link script look type history exit run file head tail touch note expect at make node go swift nova glance cat \
 diff patch view edit open pass op step mc net sc reg sync stat halt reboot shutdown sh w last id env exec trap return true false command then free route \
 cap celery puma squid nginx haproxy httpd consul vault salt chef puppet boundary hive yarn oozie realm age cilium tempo-cli hub fly flux kind snap \
 heroku ip ping telnet swap hey step crane restic borg passwd hostname uptime login logout clear jobs bg fg umask eval let local shift dir copy move del \
 pg_ctl maas juju thanos newrelic celery airflow superset docker git terraform ansible helm vagrant packer nomad openstack consul mysql mongo redis postgres \
 java ruby python perl php ssh curl ceph rake rails bash velero kubelet containerd truncate shred source alias export backplane rancher firebase telegraf tanzu";

/// Words that stand in prose and hardly ever as an argument.
#[rustfmt::skip]
const STOPWORDS: &str = "the a an of is are was were be been being will would should can could may might must shall has have had your you we our \
 they them their it its this that these those there here which who whose when where while if unless because so but and or nor not no \
 for with without from into onto about after before during between than then also only just very such any some each every both either \
 neither on in to as by via per up out over under again once until";

/// Words that make two- or three-word lines of a program a command: verbs of command lines.
#[rustfmt::skip]
const CLI_VERBS: &str = "get list describe show status delete create apply edit logs log exec run start stop restart reload enable disable plan init \
 destroy import export set unset add remove rm ls ps pull push build up down install uninstall upgrade update rollback login logout info \
 version config get-credentials top scale drain cordon uncordon rollout adm project projects switch select use attach detach inspect prune \
 images stats events health snapshot backup restore validate output refresh taint untaint workspace state cluster-info api-resources \
 whoami scan ping info flushall keys monitor fetch merge rebase checkout clone commit branch tag stash reset revert diff bootstrap daemon-reload \
 read write put patch replace wait cp sync mb rb target apps services orgs spaces marketplace restage ssh env events sites resume pause";

/// Verbs that ask the reader to look.
#[rustfmt::skip]
const CHECK_VERBS: &str = "check verify confirm ensure validate list get show look see inspect view monitor describe find determine observe review test \
 identify obtain examine watch query search tail read assess investigate analyze analyse diagnose compare count locate \
 vérifier vérifiez verifier consulter überprüfen prüfen prüfe überprüfe comprobar compruebe comprueba verificar verifique verifica controlla \
 vérifier vérifiez vérifie vérifions consulter consultez consulte contrôler contrôlez regarder regardez examiner examinez observer \
 observez surveiller surveillez confirmer confirmez assurez assure-toi s'assurer lister listez afficher affichez identifier \
 identifiez rechercher recherchez tester testez valider validez relever relevez verifizieren verifiziere kontrollieren kontrolliere \
 kontrolliert bestätigen bestätige schauen schaue schau nachsehen nachschauen ermitteln ermittle ansehen beobachten beobachte \
 sicherstellen suchen identifizieren identifiziere testen teste vergewissern vergewissere sieh prüft überprüft verificar verifica \
 verifique verifiquen comprobar comprueba compruebe revisar revisa revise consultar consulta mirar mira observar observa observe \
 validar valida valide buscar busca busque asegúrate asegúrese asegurarse examinar vea verificar conferir confira checar confirmar \
 confirme consultar olhar olhe procurar procure identificar identifique monitorar monitore garanta garantir certifique-se \
 certifique veja analisar analise verificare verificate controllare controlla controllate confermare conferma consultare guardare \
 guarda assicurarsi assicurati accertarsi cercare controleer controleren bekijk verifieer sprawdź zweryfikuj upewnij проверьте \
 проверить убедитесь посмотрите убедиться найдите изучите просмотрите сравните определите";

/// Verbs that ask the reader to act.
#[rustfmt::skip]
const ACTION_VERBS: &str = "skip jump invoke retrieve fetch receive obtain acquire allow ensure run execute restart start stop delete remove create add apply set update upgrade install uninstall deploy redeploy roll \
 rollback revert scale drain cordon uncordon reboot shutdown shut kill terminate enable disable configure change modify edit replace rename move \
 copy open close click go navigate select choose enter type paste save download upload login log sign connect ssh switch use \
 wait notify contact email ask tell inform page escalate call message announce post declare assign raise file submit request approve merge \
 push pull commit tag build rebuild release publish promote failover fail rotate generate regenerate revoke issue renew import export backup back \
 restore recover repair fix resolve mitigate clean clear purge flush free truncate drop kick rerun re-run retry repeat trigger force take make \
 mount unmount attach detach resize extend increase decrease reduce raise lower tune adjust bind unbind map unmap label annotate taint untaint \
 provision deprovision destroy recreate re-create reinstall reload refresh resync sync pause resume unpause silence acknowledge ack mute \
 follow refer consult complete finish continue proceed return exit leave quit press hit scroll expand grant assume authenticate exec \
 put place write document record note track schedule plan prepare compile convert convene gather collect capture dump extract unzip mark pick \
 block unblock ban allow deny isolate quarantine evict rebalance reassign reconfigure reprovision re-run redirect route drain migrate perform do let \
 try keep set begin initiate launch bring turn reset unlock lock reach converge ping please setup \
 copier lancer exécuter redémarrer arrêter démarrer supprimer créer ajouter modifier lancez exécutez redémarrez supprimez créez ajoutez modifiez \
 führen starten stoppen löschen ejecutar reiniciar ejecute ejecuta reinicie reinicia borrar eliminar crear esegui eseguire riavviare riavvia execute reinicie \
 vider videz purger purgez forcer forcez renouveler renouvelez étendre étendez rétablir rétablissez arrêtez relancer relancez exécutez démarrer démarrez ajoutez modifiez mettre mettez ouvrir ouvrez fermer fermez cliquer cliquez \
 sélectionner sélectionnez choisir choisissez attendre attendez prévenir prévenez contacter contactez informer informez avertir \
 avertissez appeler appelez envoyer envoyez connecter connectez passer passez déplacer déplacez remplacer remplacez restaurer \
 restaurez sauvegarder sauvegardez désactiver désactivez activer activez basculer basculez promouvoir augmenter augmentez réduire \
 réduisez installer installez déployer déployez noter notez renseigner renseignez remplir saisir saisissez taper tapez utiliser \
 utilisez répéter répétez revenir revenez retourner retournez aller allez suivre suivez escalader escaladez redémarre relance \
 arrête supprime ouvre copie-le erzwingen erzwinge verlängern verlängere skalieren skaliere rollback kündige drehe setze ausführen führe starte stoppe neustarten lösche erstellen erstelle anlegen hinzufügen füge fügen \
 ändern ändere öffnen öffne schließen schließe klicken klicke wählen wähle auswählen warten warte informieren informiere \
 kontaktieren kontaktiere benachrichtigen benachrichtige melden melde anmelden einloggen verbinden verbinde wechseln wechsle gehen \
 gehe setzen setze deaktivieren deaktiviere aktivieren aktiviere installieren installiere kopieren kopiere verschieben verschiebe \
 ersetzen ersetze sichern sichere wiederherstellen erhöhen erhöhe reduzieren reduziere fordern fordere anfordern beantragen \
 beantrage eintragen trage tragen notieren notiere eskalieren eskaliere rufen rufe anrufen senden schicken schicke laden entfernen \
 entferne erneuern erneuere aktualisieren aktualisiere wiederholen wiederhole bereinigen bereinige leeren leere brich beenden \
 beende abbrechen verwenden verwende nutzen nutze eingeben stelle stellen wende wenden ejecute reinicie detener detén detenga \
 arrancar arranca iniciar inicia inicie crear crea elimina elimine borra borre añadir añade añada agregar agrega agregue modifica \
 modifique cambiar cambia cambie abrir abre abra cerrar cierra cierre seleccionar selecciona seleccione elegir elige elija esperar \
 espera espere avisar avisa avise contactar contacta notificar notifica notifique llamar llame enviar envía envíe conectarse \
 conéctate conéctese conectar conecta copie restaurar restaura desactivar desactiva desactive aumentar aumenta aumente reducir \
 reduzca instalar instala desplegar despliega despliegue escalar escale recargar recarga recargue volver vuelve vuelva repetir \
 repite repita utilizar utiliza utilice anotar anota anote executar execute rodar rode parar inicie suba subir criar crie excluir \
 exclua remover remova apagar apague adicionar adicione alterar altere fechar feche clicar clique selecionar selecione escolher \
 escolha aguardar aguarde avisar avise contatar contate informe notificar notifique ligar enviar envie conecte conecte-se copiar \
 restaurar restaure desativar desative ativar ative aumente reduza implantar implante escalar voltar volte repita acessar acesse \
 defina definir faça aplicar aplique registre abra reinicie reverta reverter forza forzare rinnova rinnovare rimuovi rimuovere svuota svuotare scala scalare imposta impostare esegua eseguite riavviate riavvii fermare ferma \
 fermate arrestare arresta avviare avvia avviate creare eliminare elimina cancellare cancella aggiungere aggiungi modificare aprire \
 apri chiudere chiudi cliccare clicca selezionare seleziona scegliere scegli attendere attendi aspettare aspetta avvisare avvisa \
 contattare contatta informare informa chiamare chiama inviare collegarsi collegati connettersi connettiti accedere accedi copiare \
 ripristinare ripristina disattivare disattiva attivare attiva aumentare riavvia ridurre riduci installare tornare torna ripetere \
 ripeti andare herstart voer verwijder sluit kies informeer verbind gebruik kopieer herstel uruchom zrestartuj zatrzymaj usuń \
 utwórz dodaj zmień otwórz zamknij kliknij wybierz poczekaj powiadom skontaktuj zaloguj wykonaj przejdź запустите запустить \
 перезапустите остановите удалите создайте добавьте измените откройте закройте нажмите выберите подождите дождитесь сообщите \
 свяжитесь войдите подключитесь перезагрузите верните вернитесь снимите включите отключите увеличьте уменьшите \
 скопируйте замените очистите освободите сбросьте переключите отправьте создать дождаться обратитесь эскалируйте восстановите \
 установите настройте повторите примените используйте введите загрузите выполните перейдите выполнить перезапустить остановить удалить обновите";

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

static PROGRAM_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set(PROGRAMS));
static WORDLIKE_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set(WORDLIKE));
static STOP_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set(STOPWORDS));
static CLI_VERB_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set(CLI_VERBS));
static CHECK_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set(CHECK_VERBS));
static ACTION_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set(ACTION_VERBS));

/// A list of words that is asked often.
#[derive(Debug)]
pub(crate) struct List {
    words: &'static str,
    set: OnceLock<HashSet<&'static str>>,
}

impl List {
    /// The words of a text.
    pub(crate) const fn new(words: &'static str) -> Self {
        Self { words, set: OnceLock::new() }
    }

    /// Whether a word is among them.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.set.get_or_init(|| set(self.words)).contains(word)
    }
}

/// Whether a word stands in a short list of words.
pub(crate) fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether a word is the name of a program that is known.
pub(crate) fn is_program(word: &str) -> bool {
    PROGRAM_SET.contains(word) || WORDLIKE_SET.contains(word) || is_control_program(word)
}

/// `ledgerctl`, `acme-cli`: programs of a company's own that are named as such programs are.
pub(crate) fn is_control_program(word: &str) -> bool {
    let ends =
        ["ctl", "-cli", "-admin", "adm"].iter().any(|end| word.len() > end.len() + 1 && word.ends_with(end));
    ends && word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

/// Whether a program's name is also a word of prose.
pub(crate) fn is_wordlike(word: &str) -> bool {
    WORDLIKE_SET.contains(word)
}

/// Whether a word is the name of a program, even if it is a word of prose as well: where it is marked as code.
pub(crate) fn is_named_program(word: &str) -> bool {
    PROGRAM_SET.contains(word) || is_control_program(word)
}

/// Whether a word belongs to prose.
pub(crate) fn is_stopword(word: &str) -> bool {
    STOP_SET.contains(word)
}

/// Whether a word is a usual verb of a command line.
pub(crate) fn is_cli_verb(word: &str) -> bool {
    CLI_VERB_SET.contains(word)
}

/// Whether a verb asks to look.
pub(crate) fn is_check_verb(word: &str) -> bool {
    holds(&CHECK_SET, &word.to_lowercase())
}

/// Whether a verb asks to act.
pub(crate) fn is_action_verb(word: &str) -> bool {
    holds(&ACTION_SET, &word.to_lowercase())
}

/// A verb, also with a pronoun that its language hangs on it: `redémarrez-la`.
fn holds(set: &HashSet<&'static str>, word: &str) -> bool {
    const PRONOUNS: &str = "la le les lui leur vous y en moi se lo os as";
    set.contains(word)
        || word.split_once('-').is_some_and(|(verb, rest)| listed(PRONOUNS, rest) && set.contains(verb))
}

/// Whether a word is a German verb in the form that ends a short instruction: `Zertifikat erneuern`.
pub(crate) fn is_closing_infinitive(word: &str) -> bool {
    const ENDS: [&str; 6] = ["ieren", "ühren", "ufen", "üfen", "etzen", "ichern"];
    const WHOLE: &str = "starten neustarten stoppen löschen erstellen anlegen hinzufügen ändern öffnen schließen klicken auswählen \
     warten melden anmelden einloggen verbinden wechseln erhöhen anfordern beantragen eintragen senden schicken entfernen erneuern \
     wiederholen leeren beenden abbrechen eingeben abwarten ansehen nachsehen beobachten sicherstellen ermitteln bestätigen prüfen überprüfen ausführen";
    // All of them end in it; hardly an English word does.
    if !word.ends_with(['n', 'N']) {
        return false;
    }
    let lower = word.to_lowercase();
    listed(WHOLE, &lower)
        || ENDS.iter().any(|end| lower.ends_with(end)) && ACTION_SET.contains(lower.as_str())
}
