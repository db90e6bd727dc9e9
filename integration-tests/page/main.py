"""The status page of the running agent in a real Chromium. `make test-page`."""
import os
import pathlib
import re
import sys
import time
import xml.dom.minidom

import hosts
from browser import Browser
from checks import Checks
from scene import Scene, Way, get, http

PICTURES = pathlib.Path(os.environ['NPA_PAGE_PICTURES'])
AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


def text(browser):
    return browser.run('document.body.innerText')


def until(browser, expression):
    for _ in range(300):
        if browser.run(expression):
            return
        time.sleep(0.1)
    raise AssertionError(f'never: {expression}\n{text(browser)}')


def one_gpu(browser, checks):
    scene = Scene(hosts.ONE)
    scene.settled()
    checks.all('one', scene.url)
    browser.open(scene.url)
    shown = text(browser)
    for wanted in (scene.name, 'Placement says what the hardware is', '0000:41:00.0', '1g.5gb', '3g.20gb', 'own'):
        assert wanted in shown, f'{wanted} is not shown:\n{shown}'
    pictures = [name for role, name in browser.accessible() if role == 'image']
    assert any('Slot 0: 1g.5gb' in name and 'guest 20e0f924-' in name and 'Slots 2 to 3: free.' in name for name in pictures), pictures
    keyboard(browser)
    the_checks_can_fail(browser, checks, scene)
    keeps_its_place(browser, scene)
    stands_still(browser, scene)
    manual(browser, scene)
    picture_file(browser, scene)
    guarded(scene)
    gone(browser, checks, scene)


def the_checks_can_fail(browser, checks, scene):
    """Each finds what it is for, on a page that was spoilt."""
    for check, spoil in (
            (checks.audit, "document.querySelector('h1').style.color = '#999'; document.body.style.background = '#aaa'"),
            (checks.audit, "document.documentElement.removeAttribute('lang')"),
            (checks.nothing_beyond_the_edge, "document.querySelector('h1').style.width = '2000px'"),
            (checks.accessible, "document.querySelector('main').outerHTML = document.querySelector('main').innerHTML"),
            (checks.accessible, "document.querySelector('.strip').setAttribute('aria-label', '')")):
        browser.open(scene.url + '?refresh=off')
        browser.run(f'{spoil};0')
        try:
            check('spoilt')
        except AssertionError:
            continue
        raise AssertionError(f'nobody noticed: {spoil}')


def keyboard(browser):
    browser.press('Tab')
    assert browser.run('document.activeElement.className') == 'skip', 'the first stop is the way past the rest'
    left = browser.run('document.activeElement.getBoundingClientRect().left')
    assert left >= 0, 'what has the focus is to be seen'
    for _ in range(60):
        browser.press('Tab')
        if browser.run("document.activeElement.tagName") == 'SUMMARY':
            break
    outline = browser.run('getComputedStyle(document.activeElement).outlineStyle')
    assert outline == 'solid', outline
    before = browser.run('document.activeElement.parentElement.open')
    browser.press('Enter')
    browser.call('Input.dispatchKeyEvent', type='char', text='\r', key='Enter')
    until(browser, f'document.activeElement.parentElement.open === {str(not before).lower()}')


def keeps_its_place(browser, scene):
    """A refresh puts in what changed, and nothing else moves."""
    browser.open(scene.url, 360)
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true; document.querySelector('#gpus summary').focus(); scrollTo(0, 400)")
    before = browser.run('[scrollY, document.querySelectorAll("#gpus details[open], #providers details[open]").length, document.querySelector("#head").innerText]')
    scene.cycles(2)
    browser.run(AGAIN)
    until(browser, f'document.querySelector("#head").innerText !== {before[2]!r}')
    after = browser.run('[scrollY, document.querySelectorAll("#gpus details[open], #providers details[open]").length, document.activeElement.tagName]')
    assert after == [before[0], before[1], 'SUMMARY'], (before, after)
    assert not browser.complaints, browser.complaints


def stands_still(browser, scene):
    browser.open(scene.url + '?refresh=off')
    assert browser.run("document.scripts.length + document.querySelectorAll('meta[http-equiv]').length") == 0


def manual(browser, scene):
    browser.open(scene.url + 'messages#npa0401')
    shown = browser.run("document.querySelector('#npa0401').innerText + document.querySelector('#npa0401 ~ p').innerText")
    assert shown.startswith('NPA0401'), shown
    links = browser.run("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    lost = [link for link in links if link != '/' and not browser.run(f'!!document.getElementById({link[1:]!r})')]
    assert not lost, lost
    assert not browser.complaints, browser.complaints


def picture_file(browser, scene):
    for name, words in (('gpus', ('discover', '--details', '--format', 'svg')), ('tree', ('tree', '--format', 'svg'))):
        path = PICTURES / f'{name}.svg'
        path.write_text(scene.verb(*words))
        xml.dom.minidom.parse(str(path))
        for dark in (False, True):
            browser.open(path.as_uri(), 820, dark)
            browser.picture(PICTURES / f'{name}-{"dark" if dark else "light"}.png')
            assert not browser.complaints, browser.complaints
        told = [one for one in browser.accessible() if one[1]]
        assert any('GPU' in name or 'Providers' in name for _, name in told), told


def guarded(scene):
    answer = http.open(scene.url)
    policy = answer.headers['content-security-policy']
    assert "default-src 'none'" in policy and 'unsafe' not in policy, policy
    assert answer.headers['x-content-type-options'] == 'nosniff'
    page = answer.read().decode()
    assert not re.search(r' style=| on[a-z]+=|https?://', page.replace('http://www.w3.org', '')), 'inline style, handler or address'


def gone(browser, checks, scene):
    """The agent ends while somebody looks: the page stays, and says how old it is."""
    browser.open(scene.url)
    scene.stop()
    browser.run(AGAIN)
    until(browser, "!document.getElementById('stale').hidden")
    assert 'has not answered' in text(browser)
    browser.picture(PICTURES / 'gone.png')
    scene.close()


def demo(browser, checks):
    scene = Scene(hosts.CUT)
    scene.settled()
    guest, = scene.allocate('0000:41:00.0')
    scene.cut(hosts.RECUT)
    scene.wait(lambda: any(one['state'] == 'drain' for one in scene.status()['providers']))
    scene.cycles(4)
    checks.all('demo', scene.url)
    told = f'guest {guest}, project page'
    scene.wait(lambda: told in get(scene.url))
    browser.open(scene.url)
    shown = text(browser)
    for wanted in (told, 'drain', 'NPA0504', 'guests of an earlier cut', 'MIG is not supported', '1 of 7 used, 7 reserved'):
        assert wanted in shown or wanted in browser.run('document.body.textContent'), f'{wanted} is not shown:\n{shown}'
    assert 'not asked' not in shown, 'no question mark is explained where none is'
    edges = browser.run("[...document.querySelectorAll('.providers thead th:nth-child(4)')].map(one => one.getBoundingClientRect().left)")
    assert len(edges) == 3 and len(set(edges)) == 1, f'columns stand alike: {edges}'
    browser.open(scene.url, 360)
    cells = browser.run("[...document.querySelectorAll('.providers tbody tr')].map(row => [row.firstElementChild.clientWidth, row.clientWidth])")
    assert all(cell > row - 30 for cell, row in cells), f'a name has all the room that there is: {cells}'
    browser.open(scene.url)
    browser.run("document.querySelector('#findings a').click()")
    until(browser, "location.pathname === '/messages' && location.hash.startsWith('#npa')")
    status = scene.verb('status', '--details')
    assert 'drain' in status and 'ago' in status, status
    scene.close()


def sixteen(browser, checks):
    scene = Scene(hosts.sixteen())
    scene.settled()
    guests = scene.allocate('0000:18:00.0', 7)
    scene.wait(lambda: all(guest in get(scene.url) for guest in guests))
    checks.all('sixteen', scene.url)
    browser.open(scene.url)
    assert browser.run("document.querySelectorAll('.card').length") == 16
    assert browser.run("document.querySelectorAll('.card svg.strip').length") >= 16
    assert browser.run('document.documentElement.scrollHeight') < 6000, 'a summary first'
    assert not any(guest in text(browser) for guest in guests), 'many guests are folded up'
    assert '7 VGPU, 7 used, 0 reserved' in text(browser)
    scene.close()


def ill(browser, checks):
    scene = Scene(hosts.ILL)
    scene.cycles(2)
    scene.cut(hosts.ILL.replace('xids = []', 'xids = [{ code = 95, instance = 2 }]'))
    scene.wait(lambda: 'XID 95' in get(scene.url))
    scene.cycles(4)
    checks.all('ill', scene.url)
    browser.open(scene.url)
    shown = browser.run('document.body.textContent')
    for wanted in ('NPA0206', 'NPA0208', 'NPA0232', 'health lost', 'health XID', 'not well: XID 95', 'id 77', 'Not as it should be'):
        assert wanted in shown, f'{wanted} is not shown:\n{shown}'
    scene.close()


def outage(browser, checks):
    way = Way()
    scene = Scene(hosts.RECUT, way.url)
    scene.settled()
    way.close()
    scene.wait(lambda: not scene.status()['converged'])
    checks.all('outage', scene.url)
    browser.open(scene.url)
    shown = text(browser)
    for wanted in ('Stopped by NPA04', 'Failures in a row', '3g.20gb'):
        assert wanted in shown, f'{wanted} is not shown:\n{shown}'
    scene.close()


def hostile(browser, checks):
    scene = Scene(hosts.HOSTILE)
    scene.settled()
    checks.all('hostile', scene.url)
    browser.open(scene.url)
    assert '<script>alert(document.domain)</script>' in text(browser), 'it is text'
    assert browser.run('document.querySelectorAll("img").length') == 0
    page = get(scene.url)
    assert '\x1b' not in page and '\u202e' not in page
    picture = scene.verb('discover', '--format', 'svg')
    xml.dom.minidom.parseString(picture)
    assert '<script' not in picture and '\u202e' not in picture
    scene.close()


def main():
    browser = Browser()
    checks = Checks(browser, os.environ['NPA_PAGE_AXE'], PICTURES)
    failed = []
    try:
        for scene in (one_gpu, demo, sixteen, ill, outage, hostile):
            if sys.argv[1:] and scene.__name__ not in sys.argv[1:]:
                continue
            began = time.monotonic()
            try:
                scene(browser, checks)
                outcome = 'ok'
            except Exception as error:  # one scene's failure hides no other
                outcome = f'FAILED\n{type(error).__name__}: {error}'
                failed.append(scene.__name__)
            print(f'page: {scene.__name__:<9} {time.monotonic() - began:5.1f} s  {outcome}', flush=True)
    finally:
        browser.close()
        end_all()
    print(f'page: pictures in {PICTURES}')
    sys.exit(f'page: failed: {", ".join(failed)}' if failed else 0)


def end_all():
    for scene in list(Scene.all):
        scene.close()


if __name__ == '__main__':
    main()
