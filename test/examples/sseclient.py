"""Stands in for sseclient-py in tests, where no package of that name is installed: the same API, its own code.

It decodes first and splits lines with str.splitlines, which also breaks at U+2028, U+2029, U+0085 and some control
characters, as several Python clients do. An event that holds one of them unescaped falls apart here as it does there.
"""

import codecs


class Event:
    def __init__(self):
        self.id = None
        self.event = 'message'
        self.data = ''
        self.retry = None


class SSEClient:
    def __init__(self, event_source, char_enc='utf-8'):
        self._source = event_source
        self._encoding = char_enc

    def _lines(self):
        decoder = codecs.getincrementaldecoder(self._encoding)()
        rest = ''
        for piece in self._source.iter_content(chunk_size=None):
            lines = (rest + decoder.decode(piece)).splitlines(keepends=True)
            # What does not end in a line feed may go on in the next piece.
            rest = lines.pop() if lines and not lines[-1].endswith('\n') else ''
            for line in lines:
                yield line.splitlines()[0]
        yield from rest.splitlines()

    def events(self):
        event, data = Event(), []
        for line in self._lines():
            if line == '':
                if data:
                    event.data = '\n'.join(data)
                    yield event
                event, data = Event(), []
                continue
            name, _, value = line.partition(':')
            value = value.removeprefix(' ')
            if name == 'data':
                data.append(value)
            elif name in ('id', 'event', 'retry'):
                setattr(event, name, value)

    def close(self):
        self._source.close()
