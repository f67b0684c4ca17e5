using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Dictionaries;

/// <summary>PS3.3 Annexes A and C: what the IODs of storage SOP classes ask for. Read when first asked, an IOD at a time.</summary>
public static partial class IodDictionary
{
    private static readonly Lazy<Tables> Parsed = new(() => new Tables());

    /// <summary>The IOD of a storage SOP class; null for a retired, private or later one, and where there is no table.</summary>
    public static Iod? Find(string sopClassUid) => Parsed.Value.Find(sopClassUid);

    /// <summary>
    /// <code>
    ///   module   name list
    ///   list     [ attribute | @macro ] …
    ///   attribute  type : tag [ ( list ) ]     type 1, 2, or - for optional
    /// </code>
    /// </summary>
    private sealed class Tables
    {
        private readonly Dictionary<string, string> _modules = [];
        private readonly Dictionary<string, string> _iods = [];
        private readonly Dictionary<string, IReadOnlyList<IodAttribute>> _lists = [];
        private readonly ConcurrentDictionary<string, Iod?> _found = [];
        private readonly HashSet<string> _open = [];
        private readonly List<(List<IodAttribute> Target, string Name)> _later = [];

        public Tables()
        {
            foreach (var line in Lines(Modules)) _modules[Names(line)[0]] = line[Names(line)[0].Length..].Trim();
            foreach (var line in Lines(Iods))
                foreach (var sopClass in line.Split('|')[1].Split(' ')) _iods[sopClass] = line;
        }

        public Iod? Find(string sopClassUid) => _found.TryGetValue(sopClassUid, out var iod) || !_iods.ContainsKey(sopClassUid) ? iod : _found.GetOrAdd(sopClassUid, Read);

        private Iod Read(string sopClassUid)
        {
            lock (_lists)
            {
                var cells = _iods[sopClassUid].Split('|');
                var attributes = Names(cells[2]).SelectMany(List).ToList();
                var groups = Names(cells[3]).SelectMany(m => List("@" + m)).ToList();
                foreach (var (target, name) in _later) target.AddRange(_lists[name]);
                _later.Clear();
                return new Iod(cells[0], Merge(attributes), Merge(groups));
            }
        }

        private static string[] Names(string cell) => cell.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        /// <summary>Several modules may speak of an attribute: the strictest counts.</summary>
        private static IReadOnlyList<IodAttribute> Merge(IEnumerable<IodAttribute> attributes) =>
            [.. attributes.GroupBy(a => a.Tag).Select(g => g.Count() == 1 ? g.First() : new IodAttribute(g.Key, g.Min(a => a.Type)) { Items = Merge(g.SelectMany(a => a.Items)) })];

        private IReadOnlyList<IodAttribute> List(string name)
        {
            if (_lists.TryGetValue(name, out var list)) return list;
            var attributes = new List<IodAttribute>();
            _lists[name] = attributes;
            _open.Add(name);
            ReadList(_modules[name], 0, attributes);
            _open.Remove(name);
            return attributes;
        }

        /// <summary>Reads up to the end or the closing bracket; returns where it stopped.</summary>
        private int ReadList(string text, int position, List<IodAttribute> attributes)
        {
            while (position < text.Length && text[position] != ')')
            {
                if (text[position] == ' ')
                {
                    position++;
                }
                else if (text[position] == '@')
                {
                    var end = text.AsSpan(position).IndexOfAny(' ', ')') is var n and >= 0 ? position + n : text.Length;
                    var name = text[position..end];
                    // Content items hold content items: what is just being read is filled in when it is whole.
                    if (_open.Contains(name)) _later.Add((attributes, name));
                    else attributes.AddRange(List(name));
                    position = end;
                }
                else
                {
                    var attribute = new IodAttribute(new Tag(uint.Parse(text.AsSpan(position + 2, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture)), text[position] == '-' ? 3 : text[position] - '0');
                    position += 10;
                    if (position < text.Length && text[position] == '(')
                    {
                        var items = new List<IodAttribute>();
                        attribute.Items = items;
                        position = ReadList(text, position + 1, items) + 1;
                    }
                    attributes.Add(attribute);
                }
            }
            return position;
        }

        private static string[] Lines(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
