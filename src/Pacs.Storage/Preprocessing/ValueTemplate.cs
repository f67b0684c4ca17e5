using System.Globalization;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Preprocessing;

/// <summary>A text with attributes of an object in it.</summary>
internal sealed class ValueTemplate
{
    private const int MaxLength = 1024;

    private readonly List<Func<DicomDataset, string>> _parts = [];

    private ValueTemplate() { }

    /// <summary>It is the same for every object.</summary>
    public bool IsConstant { get; private set; } = true;

    /// <param name="text">As of <see cref="AttributeChange.Value"/>.</param>
    /// <param name="map">As of <see cref="AttributeChange.Map"/>.</param>
    /// <param name="fault">What is wrong; empty when nothing is.</param>
    public static ValueTemplate? Parse(string text, IReadOnlyDictionary<string, string>? map, out string fault)
    {
        var template = new ValueTemplate();
        var literal = new StringBuilder();
        fault = text.Length > MaxLength ? $"at most {MaxLength} characters." : "";
        for (var i = 0; i < text.Length && fault.Length == 0; i++)
        {
            var c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else if (c == '{')
            {
                var end = text.IndexOf('}', i);
                if (end < 0) fault = "a brace is not closed; {{ is one that stands for itself.";
                else
                {
                    template.AddLiteral(literal);
                    fault = template.Add(text[(i + 1)..end].Split('|'), map);
                    i = end;
                }
            }
            else if (c == '}') fault = "a brace is closed that was not opened; }} is one that stands for itself.";
            else literal.Append(c);
        }
        template.AddLiteral(literal);
        return fault.Length == 0 ? template : null;
    }

    public string Fill(DicomDataset dataset) => string.Concat(_parts.Select(p => p(dataset)));

    private void AddLiteral(StringBuilder literal)
    {
        if (literal.Length == 0) return;
        var text = literal.ToString();
        _parts.Add(_ => text);
        literal.Clear();
    }

    private string Add(string[] parts, IReadOnlyDictionary<string, string>? map)
    {
        if (!DataElementDictionary.TryParse(parts[0], out var tag)) return $"{{{parts[0]}}} is no attribute: name it by its keyword or by eight hexadecimal digits.";
        if (DataElementDictionary.VrOf(tag) is Vr.SQ or Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW) return $"{{{parts[0]}}} has no text.";
        var functions = new List<Func<string, string>>();
        foreach (var part in parts[1..])
        {
            if (Function(part, map) is not { } function) return $"\"{part}\" is no function: default:, prefix:, suffix:, left:, upper, lower, or map with its table.";
            functions.Add(function);
        }
        IsConstant = false;
        _parts.Add(dataset => functions.Aggregate(string.Join('\\', dataset.GetStrings(tag)), (value, function) => function(value)));
        return "";
    }

    private static Func<string, string>? Function(string text, IReadOnlyDictionary<string, string>? map)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var argument = colon < 0 ? "" : text[(colon + 1)..];
        return (colon < 0 ? text : text[..colon]) switch
        {
            "default" => value => value.Length > 0 ? value : argument,
            // Of nothing nothing is made: a prefix alone would say something.
            "prefix" => value => value.Length > 0 ? argument + value : "",
            "suffix" => value => value.Length > 0 ? value + argument : "",
            "upper" when colon < 0 => value => value.ToUpperInvariant(),
            "lower" when colon < 0 => value => value.ToLowerInvariant(),
            "left" when int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var count) => value => value.Length > count ? value[..count] : value,
            "map" when colon < 0 && map is not null => value => map.TryGetValue(value, out var mapped) || map.TryGetValue("*", out mapped) ? mapped : value,
            _ => null,
        };
    }
}
