"""The layout, read by Python's own zlib and XML, and by tosclib where it is installed.

usage: touchosc.py FILE
Prints how many controls and addresses it has.
"""
import sys, xml.etree.ElementTree as ET, zlib

root = ET.fromstring(zlib.decompress(open(sys.argv[1], "rb").read()))
assert root.tag == "lexml" and root.get("version") == "3", root.attrib
assert [child.tag for child in root] == ["node"], "one root node"
ORDER = ["properties", "values", "messages", "children"]
nodes = list(root.iter("node"))
for node in nodes:
    tags = [child.tag for child in node]
    assert tags == [tag for tag in ORDER if tag in tags], tags
    keys = [p.findtext("key") for p in node.find("properties")]
    assert "name" in keys and "frame" in keys and len(keys) == len(set(keys)), keys
addresses = {osc.find("path/partial/value").text for osc in root.iter("osc")}
assert all(address.startswith("/") for address in addresses), addresses
said = f"{len(nodes)} controls, {len(addresses)} addresses"
try:
    import tosclib
except ImportError:
    tosclib = None
if tosclib:
    page = tosclib.ElementTOSC.fromFile(sys.argv[1])
    pager = tosclib.ElementTOSC(page.findChildByName("pages"))
    play = tosclib.ElementTOSC(pager.findChildByName("Play"))
    assert play.findChildByName("dream.strength") is not None
    said += ", tosclib finds its way"
print(said)
