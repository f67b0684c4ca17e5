using System.Globalization;
using System.Security;
using System.Text;

namespace Pacs.DictionaryGenerator;

internal static class Templates
{
    public static string Tags(List<DataElementRow> elements, string edition)
    {
        var text = Begin($"Tags of PS3.6 {edition} by keyword.", "public static class Tags", "using Pacs.Dicom.Primitives;");
        foreach (var e in elements.Where(e => !e.IsRepeating))
            text.Append(CultureInfo.InvariantCulture, $"    public static Tag {e.Keyword} => new(0x{e.Tag:X8});\n");
        return text.Append("}\n").ToString();
    }

    public static string Uids(List<UidRow> uids, string edition)
    {
        var text = Begin($"UIDs of PS3.6 {edition} Annex A by keyword.", "public static class Uids");
        foreach (var u in uids.Where(u => u.Keyword.Length > 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"    /// <summary>{SecurityElement.Escape(u.Name)}</summary>\n");
            text.Append(CultureInfo.InvariantCulture, $"    public const string {u.Keyword} = \"{u.Uid}\";\n");
        }
        return text.Append("}\n").ToString();
    }

    public static string StorageSopClasses(List<UidRow> uids, string edition)
    {
        var text = Begin($"Storage SOP classes of PS3.6 {edition} Annex A.", "public static partial class SopClassRegistry");
        text.Append("    private static SopClass[] Registered() =>\n    [\n");
        foreach (var u in uids.Where(u => u.IsStorageSopClass))
        {
            var name = u.Name.Length > 0 ? u.Name.Replace(" SOP Class", "", StringComparison.Ordinal) : "Retired Storage";
            text.Append(CultureInfo.InvariantCulture, $"        new(\"{u.Uid}\", \"{name}\", {(u.IsRetired ? "true" : "false")}),\n");
        }
        text.Append("    ];\n\n    private static string[] Others() =>\n    [\n");
        foreach (var u in uids.Where(u => u.IsOther)) text.Append(CultureInfo.InvariantCulture, $"        \"{u.Uid}\",\n");
        return text.Append("    ];\n}\n").ToString();
    }

    /// <summary>
    /// Text to be read when it is first needed: a line per module or macro, a line per IOD. Modules and macros without a
    /// table here are left out.
    /// </summary>
    public static string Iods(List<IodRow> iods, IReadOnlyList<string> modules, string edition)
    {
        var known = modules.Select(line => line.Split(' ')[0]).ToHashSet();
        var text = Begin($"IODs of PS3.3 {edition}, and what their mandatory modules have asked for since 2008: derived from GDCM's tables, see NOTICE.md.", "public static partial class IodDictionary");
        Lines(text, "name and attributes of a module or @macro", "Modules", modules);
        Lines(text, "name|SOP classes|modules|functional group macros", "Iods", iods.Select(i =>
            $"{i.Name}|{string.Join(' ', i.SopClasses)}|{string.Join(' ', i.Modules.Where(known.Contains))}|{string.Join(' ', i.FunctionalGroups.Where(g => known.Contains('@' + g)))}"));
        return text.Append("}\n").ToString();
    }

    private static void Lines(StringBuilder text, string summary, string name, IEnumerable<string> lines)
    {
        text.Append(CultureInfo.InvariantCulture, $"    /// <summary>{summary}</summary>\n    private static ReadOnlySpan<byte> {name} =>\n            \"\"\"\n");
        foreach (var line in lines) text.Append("            ").Append(line).Append('\n');
        text.Append("            \"\"\"u8;\n\n");
    }

    /// <summary>
    /// Constant data only, so that nothing is built at start-up: tags in order for binary search, beside them VRs and
    /// where the row's text begins; and the rows in the order of their keywords.
    /// </summary>
    public static string DataElements(List<DataElementRow> elements, string edition)
    {
        var rows = elements.OrderBy(e => e.Tag).ToList();
        var text = Begin($"Data elements of PS3.6 {edition}.", "public static partial class DataElementDictionary");
        Array(text, "uint", "SortedTags", rows.Select(e => $"0x{e.Tag:X8}"), 10);
        Array(text, "ushort", "Vrs", rows.Select(e => VrCode(e).ToString(CultureInfo.InvariantCulture)), 20);

        var begin = 0;
        var begins = new List<string>();
        var lines = new StringBuilder();
        foreach (var e in rows)
        {
            var line = $"{e.Keyword}|{e.Name}|{e.Vm}|{(e.IsRetired ? "R" : "")}\n";
            lines.Append("            ").Append(line);
            begins.Add(begin.ToString(CultureInfo.InvariantCulture));
            begin += Encoding.UTF8.GetByteCount(line);
        }
        Array(text, "int", "TextBegins", begins, 20);
        Array(text, "ushort", "ByKeyword", Enumerable.Range(0, rows.Count).OrderBy(i => rows[i].Keyword, StringComparer.Ordinal)
            .Select(i => i.ToString(CultureInfo.InvariantCulture)), 20);
        text.Append("    /// <summary>keyword|name|VM|R if retired</summary>\n    private static ReadOnlySpan<byte> Text =>\n            \"\"\"\n");
        return text.Append(lines).Append("\n            \"\"\"u8;\n}\n").ToString();
    }

    private static int VrCode(DataElementRow row)
    {
        var (vr, isSignedByPixelRepresentation) = row.SingleVr;
        var code = vr == "None" ? 0 : (vr[0] << 8) | vr[1];
        return isSignedByPixelRepresentation ? code | 0x8000 : code;
    }

    private static void Array(StringBuilder text, string type, string name, IEnumerable<string> values, int perLine)
    {
        text.Append(CultureInfo.InvariantCulture, $"    private static ReadOnlySpan<{type}> {name} =>\n    [\n");
        foreach (var line in values.Chunk(perLine))
            text.Append("        ").AppendJoin(", ", line).Append(",\n");
        text.Append("    ];\n\n");
    }

    private static StringBuilder Begin(string summary, string declaration, string? usings = null)
    {
        var text = new StringBuilder("// <auto-generated/>\nnamespace Pacs.Dicom.Dictionaries;\n\n");
        if (usings is not null) text.Append(usings).Append("\n\n");
        return text.Append("/// <summary>").Append(summary).Append("</summary>\n").Append(declaration).Append("\n{\n");
    }
}
