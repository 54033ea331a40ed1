/** The report's style sheet: light and dark by the reader's setting, one column, readable on paper. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1d2127;--dim:#59626e;--line:#d5dae1;--soft:#f4f6f8;--card:#fff;--link:#0b5cad;--good:#1a7038;--bad:#b3202c;--warn:#8a5300;--change:#6b3fa0;--badbg:#fdeced;--goodbg:#e9f6ed;--warnbg:#fdf3e1;--focus:#0b5cad;--incident:#f5c84c55}
@media (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e7eb;--dim:#a0a9b5;--line:#363d47;--soft:#1c2127;--card:#191d22;--link:#7db8f5;--good:#69c986;--bad:#ff8b8f;--warn:#e8b45a;--change:#c4a3f5;--badbg:#3a1d20;--goodbg:#17301f;--warnbg:#33280f;--focus:#7db8f5;--incident:#f5c84c33}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.75rem}
main{padding-bottom:3rem}
footer{color:var(--dim);font-size:.85rem;padding-bottom:2rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1.02rem;line-height:1.45;margin:1.75rem 0 .5rem;overflow-wrap:anywhere}
h4{font-size:.82rem;letter-spacing:.03em;color:var(--dim);margin:1.25rem 0 .35rem}
p{margin:.5rem 0;overflow-wrap:anywhere}
ul{margin:.5rem 0;padding-left:1.3rem}
li{margin:.2rem 0;overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:3px}
code,pre,.mono,.steps td,.who{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
code{background:var(--soft);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.7rem .85rem;margin:.6rem 0;overflow-x:auto;line-height:1.5}
.said{white-space:pre-wrap;overflow-wrap:anywhere}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.3rem .6rem;z-index:2}
nav ol{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;margin:.75rem 0 0;font-size:.92rem}
#verdict{border-top:0;margin-top:1rem}
#verdict+p{font-size:1.1rem;background:var(--soft);border-left:4px solid var(--line);padding:.85rem 1.1rem;border-radius:0 6px 6px 0}
.is-bad #verdict+p{border-color:var(--bad)}
.is-warn #verdict+p{border-color:var(--warn)}
.is-good #verdict+p{border-color:var(--good)}
.strong{font-weight:600}.muted{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}.warn{color:var(--warn)}.change{color:var(--change)}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.92rem;min-width:min(100%,24rem)}
th,td{padding:.32rem .8rem .32rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:500;font-size:.86rem;white-space:nowrap}
td{overflow-wrap:break-word}
.right{text-align:right;font-variant-numeric:tabular-nums}
figure{margin:1rem 0}
figure details{margin-top:.4rem;font-size:.9rem}
.draw{overflow-x:auto;padding-bottom:.25rem}
svg{display:block;max-width:100%;height:auto;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (max-width:700px){svg{max-width:none}}
.p-section{fill:var(--soft);stroke:var(--line)}
.p-chain{fill:var(--card);stroke:var(--line);fill-opacity:.75}
.p-title{fill:var(--dim);font-size:12px;font-weight:600}
.p-text{fill:var(--fg);font-size:12px;white-space:pre}
.p-small{fill:var(--dim);font-size:11px}
.p-name{font-weight:600}
.p-change{fill:var(--change)}
.p-text.p-bad{fill:var(--bad);font-weight:600}.p-text.p-warn{fill:var(--warn)}.p-text.p-good{fill:var(--good)}
.p-path{fill:none;stroke:var(--link);stroke-width:2}
.p-dot{fill:var(--bg);stroke:var(--link);stroke-width:2}
.p-gap{fill:var(--bg);stroke:var(--warn);stroke-width:2;stroke-dasharray:2 2}
.p-end{fill:var(--bad);stroke:var(--bg);stroke-width:1.5}
.p-branch{fill:none;stroke:var(--good);stroke-width:2;stroke-dasharray:5 4}
.p-expected{fill:var(--goodbg);stroke:var(--good);stroke-dasharray:5 4}
.p-way{fill:none;stroke:var(--dim);stroke-width:1.5}
.p-axis{stroke:var(--line)}
.p-well{fill:var(--good)}.p-stopped{fill:var(--bad)}.p-open{fill:var(--warn)}
.p-incident{fill:var(--incident)}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.86rem;color:var(--dim);margin:.35rem 0 0;padding:0;list-style:none}
.key svg{display:inline-block;vertical-align:-1px;margin-right:.35rem;max-width:none}
.find{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:.75rem 0}
.find label{display:grid;gap:.15rem;font-size:.86rem;color:var(--dim)}
.find label:first-child{flex:1 1 18rem}
input,select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.4rem .6rem}
button{cursor:pointer}
[hidden]{display:none!important}
.results td{font-size:.86rem;white-space:nowrap}
.walk{border:1px solid var(--line);border-radius:8px;background:var(--card);margin:.6rem 0;padding:0 1rem}
.walk[open]{padding-bottom:1rem}
.walk>summary{cursor:pointer;padding:.6rem 0;overflow-wrap:anywhere}
.walk.bad-walk{border-left:4px solid var(--bad);font-weight:inherit;color:inherit}
.walk.warn-walk{border-left:4px solid var(--warn)}
.walk:target,.walk.asked{box-shadow:0 0 0 2px var(--focus)}
.asked-note{background:var(--warnbg);border-radius:6px;padding:.4rem .7rem}
.facts{list-style:none;padding:0;font-size:.93rem}
.steps{width:100%;table-layout:fixed;min-width:44rem}
.steps td{border:0;padding:.16rem .6rem .16rem 0;font-size:.82rem;line-height:1.45}
.steps .n{width:4.5rem;color:var(--dim);text-align:right}
.steps .place{width:34%;overflow-wrap:anywhere}
.steps .rule{overflow-wrap:anywhere}
.steps .rule code{background:none;padding:0;font-size:1em}
.steps tr.decides td,.steps tr.diverges td{background:var(--badbg)}
.steps .note{display:block;padding-left:1.2em;text-indent:-1.2em}
.d1{padding-left:1.1em!important}.d2{padding-left:2.2em!important}.d3{padding-left:3.3em!important}.d4{padding-left:4.4em!important}.d5{padding-left:5.5em!important}.d6{padding-left:6.6em!important}.d7{padding-left:7.7em!important}.d8{padding-left:8.8em!important}
.parts td{background:var(--badbg)}
@media (max-width:700px){body{font-size:15px}header,main,footer{padding:0 .85rem}h1{font-size:1.4rem}.walk{padding:0 .7rem}.steps{min-width:38rem}}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--soft:#f5f5f5;--card:#fff;--link:#0b4a8f;--good:#155c2e;--bad:#9a1420;--warn:#6e4200;--change:#54308a;--badbg:#fdeced;--goodbg:#eef7f0;--warnbg:#fdf3e1}
body{font-size:10.5pt}nav,.find,.results,.more,.skip,#result-count{display:none!important}.walk{break-inside:auto}h2,h3,h4,summary{break-after:avoid}tr,svg{break-inside:avoid}pre{white-space:pre-wrap}.wide,.draw{overflow:visible}svg{max-width:100%}
details:not([open])::details-content{content-visibility:visible;block-size:auto}}
`;
