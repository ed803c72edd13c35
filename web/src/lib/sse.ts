/** Server-sent events out of the pieces in which they come. */

export type ServerEvent = { name: string; data: string }

/** Takes the next piece of a stream and gives the events that are whole now. Comments and unnamed fields are passed over. */
export function eventReader(): (piece: string) => ServerEvent[] {
  let rest = ''
  return (piece) => {
    const blocks = (rest + piece).replace(/\r\n/g, '\n').split('\n\n')
    rest = blocks.pop() ?? ''
    return blocks.flatMap((block) => read(block) ?? [])
  }
}

function read(block: string): ServerEvent | null {
  const data: string[] = []
  let name = 'message'
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim()
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
  }
  return data.length > 0 ? { name, data: data.join('\n') } : null
}
