using System.Reflection;
using System.Text;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

public sealed class PublicApiTests
{
    private static readonly string Recorded = Path.Combine(RepositoryPaths.Root, "tests", "Pacs.Conventions.Tests", "Pacs.Dicom.PublicApi.txt");

    /// <summary>A change of the toolkit's public surface is meant, not an accident: it shows in review as a change of the recorded text.</summary>
    [Fact]
    public void Toolkit_PublicApi_IsAsRecorded()
    {
        var actual = Describe(Assembly.Load("Pacs.Dicom"));
        if (Environment.GetEnvironmentVariable("PACS_RECORD_API") == "1") File.WriteAllText(Recorded, actual);
        var expected = File.Exists(Recorded) ? File.ReadAllText(Recorded) : "";
        var (before, now) = (expected.Split('\n'), actual.Split('\n'));
        Assert.True(expected == actual,
            "The public surface of Pacs.Dicom has changed. If that is meant: PACS_RECORD_API=1 dotnet test tests/Pacs.Conventions.Tests, and commit the text."
            + Environment.NewLine + string.Join(Environment.NewLine, before.Except(now).Select(l => "- " + l).Concat(now.Except(before).Select(l => "+ " + l))));
    }

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().Where(t => !t.IsNested && t.Namespace != "Pacs.Dicom.Dictionaries").OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(type.FullName).Append('\n');
            foreach (var member in Members(type).Distinct().Order(StringComparer.Ordinal)) text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (type.IsEnum) return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n))}");
        return type.GetMembers(Declared)
            .Where(m => m is not MethodBase { IsSpecialName: true, IsConstructor: false } && !m.Name.StartsWith('<') && m is not TypeInfo)
            .Select(m => m switch
            {
                ConstructorInfo c => $"new({Parameters(c)})",
                MethodInfo f => $"{Name(f.ReturnType)} {f.Name}({Parameters(f)})",
                PropertyInfo p => $"{Name(p.PropertyType)} {p.Name} {{ {(p.GetMethod is { IsPublic: true } ? "get; " : "")}{(p.SetMethod is { IsPublic: true } ? "set; " : "")}}}",
                FieldInfo f => $"{Name(f.FieldType)} {f.Name}",
                _ => m.ToString()!,
            });
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"));

    private static string Name(Type type)
    {
        if (type.IsByRef) return "ref " + Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
