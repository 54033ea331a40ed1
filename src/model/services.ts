/**
 * Service names → ports: what a listing without -n shows and what people write. Names of Debian's /etc/services
 * (netbase 6.4) go before those that RHEL and older systems print for well-known ports.
 */

const DEBIAN = `
tcpmux=1 echo=7 discard=9 sink=9 null=9 systat=11 users=11 daytime=13 netstat=15 qotd=17 quote=17 chargen=19
ttytst=19 source=19 ftp-data=20 ftp=21 fsp=21 fspd=21 ssh=22 telnet=23 smtp=25 mail=25 time=37 timserver=37
whois=43 nicname=43 tacacs=49 domain=53 bootps=67 bootpc=68 tftp=69 gopher=70 finger=79 http=80 www=80
kerberos=88 kerberos5=88 krb5=88 kerberos-sec=88 iso-tsap=102 tsap=102 acr-nema=104 pop3=110 pop-3=110 sunrpc=111 portmapper=111 auth=113 authentication=113 tap=113 ident=113
nntp=119 readnews=119 untp=119 ntp=123 epmap=135 loc-srv=135 netbios-ns=137 netbios-dgm=138 netbios-ssn=139
imap2=143 imap=143 snmp=161 snmp-trap=162 snmptrap=162 cmip-man=163 cmip-agent=164 mailq=174 xdmcp=177
bgp=179 smux=199 qmtp=209 z3950=210 wais=210 ipx=213 ptp-event=319 ptp-general=320 pawserv=345 zserv=346
rpc2portmap=369 codaauth2=370 clearcase=371 Clearcase=371 ldap=389 svrloc=427 https=443 snpp=444
microsoft-ds=445 kpasswd=464 submissions=465 ssmtp=465 smtps=465 urd=465 saft=487 isakmp=500 rtsp=554
nqs=607 asf-rmcp=623 qmqp=628 ipp=631 ldp=646 exec=512 biff=512 comsat=512 login=513 who=513 whod=513
shell=514 cmd=514 syslog=514 printer=515 spooler=515 talk=517 ntalk=518 route=520 router=520 routed=520
gdomap=538 uucp=540 uucpd=540 klogin=543 kshell=544 krcmd=544 dhcpv6-client=546 dhcpv6-server=547
afpovertcp=548 nntps=563 snntp=563 submission=587 ldaps=636 tinc=655 silc=706 kerberos-adm=749 domain-s=853
rsync=873 ftps-data=989 ftps=990 telnets=992 imaps=993 pop3s=995 socks=1080 proofd=1093 rootd=1094
openvpn=1194 rmiregistry=1099 lotusnote=1352 lotusnotes=1352 ms-sql-s=1433 ms-sql-m=1434 ingreslock=1524
datametrics=1645 old-radius=1645 sa-msg-port=1646 old-radacct=1646 kermit=1649 groupwise=1677 l2f=1701
l2tp=1701 radius=1812 radius-acct=1813 radacct=1813 cisco-sccp=2000 nfs=2049 gnunet=2086 rtcm-sc104=2101
gsigatekeeper=2119 gris=2135 cvspserver=2401 venus=2430 venus-se=2431 codasrv=2432 codasrv-se=2433 mon=2583
dict=2628 f5-globalsite=2792 gsiftp=2811 gpsd=2947 gds-db=3050 gds_db=3050 icpv2=3130 icp=3130 isns=3205
iscsi-target=3260 mysql=3306 ms-wbt-server=3389 nut=3493 distcc=3632 daap=3689 svn=3690 subversion=3690
suucp=4031 sysrqd=4094 sieve=4190 epmd=4369 remctl=4373 f5-iquery=4353 ntske=4460 ipsec-nat-t=4500 iax=4569
mtn=4691 radmin-port=4899 sip=5060 sip-tls=5061 xmpp-client=5222 jabber-client=5222 xmpp-server=5269
jabber-server=5269 cfengine=5308 mdns=5353 postgresql=5432 postgres=5432 freeciv=5556 rptp=5556 amqps=5671
amqp=5672 x11=6000 x11-0=6000 x11-1=6001 x11-2=6002 x11-3=6003 x11-4=6004 x11-5=6005 x11-6=6006 x11-7=6007
gnutella-svc=6346 gnutella-rtr=6347 redis=6379 sge-qmaster=6444 sge_qmaster=6444 sge-execd=6445
sge_execd=6445 mysql-proxy=6446 babel=6696 ircs-u=6697 bbs=7000 afs3-fileserver=7000 afs3-callback=7001
afs3-prserver=7002 afs3-vlserver=7003 afs3-kaserver=7004 afs3-volser=7005 afs3-bos=7007 afs3-update=7008
afs3-rmtsys=7009 font-service=7100 xfs=7100 http-alt=8080 webcache=8080 puppet=8140 bacula-dir=9101
bacula-fd=9102 bacula-sd=9103 xmms2=9667 nbd=10809 zabbix-agent=10050 zabbix-trapper=10051 amanda=10080
dicom=11112 hkp=11371 db-lsp=17500 dcap=22125 gsidcap=22128 wnn6=22273 kerberos4=750 kerberos-iv=750 kdc=750
kerberos-master=751 kerberos_master=751 passwd-server=752 passwd_server=752 krb-prop=754 krb_prop=754
krb5_prop=754 hprop=754 zephyr-srv=2102 zephyr-clt=2103 zephyr-hm=2104 iprop=2121 supfilesrv=871
supfiledbg=1127 poppassd=106 moira-db=775 moira_db=775 moira-update=777 moira_update=777 moira-ureg=779
moira_ureg=779 spamd=783 skkserv=1178 predict=1210 rmtcfg=1236 xtel=1313 xtelw=1314 zebrasrv=2600 zebra=2601
ripd=2602 ripngd=2603 ospfd=2604 bgpd=2605 ospf6d=2606 ospfapi=2607 isisd=2608 fax=4557 hylafax=4559
munin=4949 lrrd=4949 rplay=5555 nrpe=5666 nsca=5667 canna=5680 syslog-tls=6514 sane-port=6566 sane=6566
saned=6566 ircd=6667 zope-ftp=8021 tproxy=8081 omniorb=8088 clc-build-daemon=8990 xinetd=9098 git=9418
zope=9673 webmin=10000 kamanda=10081 amandaidx=10082 amidxtape=10083 sgi-cmsd=17001 sgi-crsd=17002
sgi-gcd=17003 sgi-cad=17004 binkp=24554 asp=27374 csync2=30865 dircproxy=57000 tfido=60177 fido=60179
`;

const OTHERS = `
pcsync-https=8443 pcsync-http=8444 us-cli=8082 us-srv=8083 blackice-icecap=8081 sunproxyadmin=8081
blackice-alerts=8082 radan-http=8088 irdmi=8000 irdmi2=7999 intermapper=8181 cslistener=9000
etlservicemgr=9001 dynamid=9002 websm=9090 xmltec-xmlmail=9091 XmlIpcRegSvc=9092 jetdirect=9100
pdl-datastream=9100 hp-pdl-datastr=9100 wap-wsp=9200 wap-wsp-wtp=9201 vrace=9300 distinct=9999 ndmp=10000
snet-sensor-mgmt=10000 scp-config=10001 memcache=11211 entextxid=12000 commplex-main=5000 commplex-link=5001
rfe=5002 fmpro-internal=5003 avt-profile-1=5004 avt-profile-2=5005 wsm-server=5006 wsm-server-ssl=5007
rfb=5900 vnc-server=5900 wbem-http=5988 wbem-https=5989 sun-sr-https=6443 sun-sr-http=6480 docker=2375
docker-s=2376 etcd-client=2379 etcd-server=2380 eforward=2181 EtherNet/IP-1=2222 EtherNet-IP-1=2222
callbook=2000 down=2022 squid=3128 ndl-aas=3128 msft-gc=3268 msft-gc-ssl=3269 stun=3478 nat-stun-port=3478
stuns=5349 ssdp=1900 pptp=1723 h323hostcall=1720 h323gatestat=1719 ncube-lm=1521 wins=1512 ica=1494
mqtt=1883 secure-mqtt=8883 ibm-mqseries=1414 llmnr=5355 hostmon=5355 wsdapi=5357 ws-discovery=3702 imap3=220
igmpv3lite=465 vxlan=4789 otv=8472 geneve=6081 bfd-control=3784 bfd-echo=3785 sflow=6343 rndc=953
rpcbind=111 mountd=20048 lockd=4045 npp=4045 ircs=994 terabase=4000 aol=5190 xmpp-bosh=5280
rtps-discovery=7400 cbt=7777 irc=194 ddi-tcp-1=8888 ddi-udp-1=8888 sunwebadmins=8989 sunwebadmin=8800
tungsten-http=9762 mongodb=27017 couchdb=5984 fmtp=8500 trivnet1=8200 trivnet2=8201 hbci=3000
remoteware-cl=3000 ppp=3000 rtsp-alt=8554 sips=5061 mgcp-gateway=2427 tacacs-ds=65 syslog-conn=601 oms=4662
dc=2001 wizard=2001 globe=2002 cfinger=2003 mailbox=2004 deslogin=2005 invokator=2006 dectalk=2007 conf=2008
news=2009 search=2010 raid-cc=2011 xinuexpansion1=2021 xinuexpansion2=2022 xinuexpansion3=2023
xinuexpansion4=2024 ellpack=2025 scrabble=2026 shadowserver=2027 submitserver=2028 device2=2030
blackboard=2032 glogger=2033 scoremgr=2034 imsldoc=2035 objectmanager=2038 lam=2040 interbase=2041 isis=2042
isis-bcast=2043 rimsl=2044 cdfunc=2045 sdfunc=2046 dls=2047 dls-monitor=2048 shilp=2049 infowave=2082
radsec=2083 eli=2087 nbx-ser=2095 nbx-dir=2096 tsrmagt=2077 trellisagt=2077 tpcsrvr=2078 trellissvr=2078
http-mgmt=280 sgmp=153 compressnet=2 rje=5 msp=18 priv-mail=24 nsw-fe=27 rlp=39 graphics=41 nameserver=42
re-mail-ck=50 la-maint=51 xns-time=52 xns-ch=54 xns-auth=56 sql*net=66 netrjs-1=71 hosts2-ns=81 xfer=82
ctf=84 mit-ml-dev=85 mfcobol=86 su-mit-tg=89 dnsix=90 dcp=93 objcall=94 supdup=95 dixie=96 swift-rvf=97
tacnews=98 metagram=99 hostname=101 gppitnp=103 cso=105 csnet-ns=105 3com-tsmux=106 rtelnet=107 snagas=108
pop2=109 sftp=115 uucp-path=117 sqlserv=118 cfdptkt=120 pwdgen=129 profile=136 emfis-data=140 uaac=145
iso-tp0=146 iso-ip=147 jargon=148 sql-net=150 bftp=152 sqlsrv=156 pcmail-srv=158 xyplex-mux=173 ris=180
unify=181 ocbinder=183 mobileip-agent=434 mobilip-mn=435 smartsdp=426 rmonitor=560 monitor=561 chshell=562
9pfs=564 ms-shuttle=568 ms-rome=569 meter=570 http-rpc-epmap=593 ginad=634 entrust-sps=640
mac-srvr-admin=660 olsr=698 corba-iiop=683 netviewdm1=729 fujitsu-dev=747 rfile=750 loadav=750 pump=751
qrh=752 tell=754 nlogin=758 con=759 ns=760 rxe=761 quotad=762 cycleserv=763 omserv=764 webster=765
phonebook=767 vid=769 cadlock=770 rtip=771 cycleserv2=772 submit=773 rpasswd=774 entomb=775 wpages=776
wpgs=780 mdbs-daemon=800 device=801 fcp-udp=810 itm-mcell-s=828 pkix-3-ca-ra=829 netconf-ssh=830
dhcp-failover2=847 gdoi=848 iscsi=860 ideafarm-door=902 ideafarm-panic=903 accessbuilder=888 cddbp=888
blackjack=1025 cap=1026 exosee=1027 solid-mux=1029 iad1=1030 iad2=1031 iad3=1032 neod1=1047 neod2=1048
nim=1058 instl-boots=1067 instl-bootc=1068 sdp-portmapper=3935 ansoft-lm-1=1083 webobjects=1085
nfsd-status=1110 nfsd-keepalive=1110 rmpp=1121 dec_dlm=625 ms-olap4=2383 qwave=2177 rtmp-port=3500 msnp=1863
tunnel-port=1935 macromedia-fcs=1935 rtmp=1935 bnetgame=1119 battlenet=1119 nexus-portal=4500
ms-theater=2460 ovsdb=6640 openflow=6653 ofctrl=6633 cisco-hsrp=1985 hsrp=1985 gtp-user=2152
gtp-control=2123 diameter=3868 sctp-tunneling=9899 m2pa=3565 m3ua=2905 asap-sctp=3863 slp=427 teredo=3544
p6ssmc=2309 rfx-lm=1497 fastrack=1214 kazaa=1214 mpshrsv=1261 dproxy=1296 veritas_pbx=1556
vrtstrapserver=1885 bpcd=13782 vnetd=13724 bprd=13720 bpdbm=13721 quake=26000 wnn4=22273 isode-dua=17007
palace-2=9993 vmware-fdm=8182 ideafarm-catch=903 iss-mgmt-ssl=3995 hp-hcip=1782 sitewatch=3792
`;

let ports: Map<string, number> | null = null;

function read(): Map<string, number> {
  const pairs = `${OTHERS} ${DEBIAN}`.trim().split(/\s+/);
  return new Map(
    pairs.map((pair) => {
      const [name = '', port] = pair.split('=');
      return [name, Number(port)];
    }),
  );
}

/** The port of a service, which no protocol changes; null if we do not know it. */
export function portNumber(name: string): number | null {
  ports ??= read();
  return ports.get(name) ?? null;
}
