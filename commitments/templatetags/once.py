"""{% once thing %}…{% endonce %}: what many e-mails say alike of a thing is rendered once in each language.

The context brings `made`, a dictionary that lives as long as the e-mails are written; without it every e-mail renders
for itself. Nothing inside may hang on the recipient.
"""

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


class Once(Node):
    def __init__(self, thing: FilterExpression, nodelist: NodeList) -> None:
        self.thing = thing
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        made = context.get("made")
        if made is None:
            return self.nodelist.render(context)
        thing = self.thing.resolve(context)
        key = (id(self), id(thing), get_language())
        if key not in made:
            made[key] = self.nodelist.render(context), thing, self  # both are kept, so that no other gets their ids
        text: SafeString = made[key][0]
        return text


@register.tag
def once(parser: Parser, token: Token) -> Once:
    _name, thing = token.split_contents()
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(parser.compile_filter(thing), nodelist)
