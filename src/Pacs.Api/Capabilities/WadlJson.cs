using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Pacs.Api.Capabilities;

/// <summary>
/// WADL as JSON, of which there is no standard: attributes are members, elements are members with a list of those of the same
/// name – but for the two that are there once.
/// </summary>
internal static class WadlJson
{
    public static JsonObject Of(XElement root) => new() { [root.Name.LocalName] = Members(root) };

    private static JsonObject Members(XElement element)
    {
        var members = new JsonObject();
        foreach (var attribute in element.Attributes().Where(a => !a.IsNamespaceDeclaration)) members[attribute.Name.LocalName] = attribute.Value;
        foreach (var group in element.Elements().GroupBy(child => child.Name.LocalName))
            members[group.Key] = group.Key is "resources" or "request" ? Members(group.Single()) : new JsonArray([.. group.Select(Members)]);
        return members;
    }
}
