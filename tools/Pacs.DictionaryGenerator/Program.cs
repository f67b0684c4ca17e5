using Pacs.DictionaryGenerator;

if (args is not [var input, var output, var edition])
{
    Console.Error.WriteLine("Usage: Pacs.DictionaryGenerator INPUT OUTPUT EDITION");
    Console.Error.WriteLine("  INPUT    folder with attributes.json (PS3.6 §6–8), uids.tsv (PS3.6 Annex A),");
    Console.Error.WriteLine("           ciods.json, sops.json, ciod_to_modules.json and ciod_to_func_group_macros.json (PS3.3 Annex A)");
    Console.Error.WriteLine("  OUTPUT   src/Pacs.Dicom/Dictionaries/Generated");
    Console.Error.WriteLine("  EDITION  of the standard that the input holds, for the file comments: 2024e");
    return 2;
}

var elements = DataElementRow.ReadAll(Path.Combine(input, "attributes.json"));
var uids = UidRow.ReadAll(Path.Combine(input, "uids.tsv"));
Write("Tags.g.cs", Templates.Tags(elements, edition));
Write("DataElementDictionary.g.cs", Templates.DataElements(elements, edition));
Write("Uids.g.cs", Templates.Uids(uids, edition));
Write("SopClassRegistry.g.cs", Templates.StorageSopClasses(uids, edition));
Write("IodDictionary.g.cs", Templates.Iods(IodRow.ReadAll(input), ModuleAttributes(), edition));
return 0;

void Write(string name, string text) => File.WriteAllText(Path.Combine(output, name), text);

// What the modules consist of is a table of the generator's own, derived from GDCM's of PS3.3-2008 (NOTICE.md).
static string[] ModuleAttributes() => [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "ModuleAttributes.txt")).Where(line => !line.StartsWith('#'))];
