"""What every page has to be, whatever it shows."""
import json
import pathlib

LANDMARKS = {'banner', 'navigation', 'main', 'contentinfo'}


class Checks:
    def __init__(self, browser, axe, pictures):
        self.browser, self.axe, self.pictures = browser, pathlib.Path(axe).read_text(), pictures

    def all(self, name, url):
        """Wide and narrow, light and dark: nothing to complain of, nothing beyond the edge, accessible."""
        for width, dark in ((1280, False), (360, True), (360, False)):
            at = f'{name}-{width}-{"dark" if dark else "light"}'
            self.browser.open(url, width, dark)
            self.browser.picture(self.pictures / f'{at}.png')
            self.nothing_beyond_the_edge(at)
            self.accessible(at)
            # What is folded up counts as well.
            self.browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            self.browser.picture(self.pictures / f'{at}-open.png')
            self.nothing_beyond_the_edge(at)
            self.audit(at)
            assert not self.browser.complaints, f'{at}: {self.browser.complaints}'
        self.without_scripts(name, url)

    def nothing_beyond_the_edge(self, at):
        wide, room = self.browser.run('[document.documentElement.scrollWidth, window.innerWidth]')
        assert wide <= room, f'{at}: {wide} pixels in a window of {room}'

    def accessible(self, at):
        told = self.browser.accessible()
        roles = {role for role, _ in told}
        assert LANDMARKS <= roles, f'{at}: {LANDMARKS - roles} is missing'
        for role in ('image', 'table', 'columnheader', 'rowheader', 'region', 'article', 'link', 'heading'):
            nameless = [one for one in told if one[0] == role and not one[1]]
            assert not nameless, f'{at}: {len(nameless)} of role {role} without a name'
        headings = [name for role, name in told if role == 'heading']
        for wanted in ('Findings', 'GPUs', 'Providers in Placement', 'Last cycles'):
            assert wanted in headings, f'{at}: no heading {wanted} in {headings}'
        status = [name for role, name in told if role == 'status']
        assert len(status) == 1, f'{at}: {status}'

    def audit(self, at):
        """axe-core: contrast, names, structure, by WCAG 2.2 AA and good practice."""
        if not self.browser.run("typeof axe === 'object'"):
            self.browser.run(self.axe + ';0')
        found = self.browser.run('''axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({
            passed: passes.length,
            bad: violations.map(({ id, help, nodes }) => [id, help, nodes.length, nodes[0].html, nodes[0].failureSummary]) }))''')
        assert found['passed'] > 15, f"{at}: only {found['passed']} rules were looked at"
        assert not found['bad'], f'{at}:\n' + json.dumps(found['bad'], indent=1)

    def without_scripts(self, name, url):
        self.browser.open(url, 360, scripts=False)
        told = self.browser.accessible()
        assert LANDMARKS <= {role for role, _ in told}, name
        assert self.browser.run("!!document.querySelector('meta[http-equiv=refresh]')"), f'{name} does not reload itself'
        assert not self.browser.complaints, f'{name}: {self.browser.complaints}'
