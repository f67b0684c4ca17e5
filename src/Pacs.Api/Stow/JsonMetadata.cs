using System.Text.Json;

namespace Pacs.Api.Stow;

/// <summary>The objects of a JSON array of data sets (PS3.18 §F.2.1), one by one: what one is about is no business of the others.</summary>
internal static class JsonMetadata
{
    /// <summary>Where each object is.</summary>
    /// <param name="utf8">An array of objects, or one object.</param>
    /// <param name="max">More objects are a fault.</param>
    /// <param name="fault">What is wrong behind the last object that could be found; null when nothing is.</param>
    public static IReadOnlyList<Range> Split(ReadOnlySpan<byte> utf8, int max, out string? fault)
    {
        var objects = new List<Range>();
        var start = utf8.StartsWith("\uFEFF"u8) ? 3 : 0;
        var json = new Utf8JsonReader(utf8[start..], new JsonReaderOptions { MaxDepth = 1000 });
        fault = null;
        try
        {
            while (json.Read())
            {
                switch (json.TokenType)
                {
                    case JsonTokenType.StartArray when json.CurrentDepth == 0 && objects.Count == 0:
                    case JsonTokenType.EndArray:
                        break;
                    case JsonTokenType.StartObject when objects.Count == max:
                        fault = $"More than {max} data sets: send the rest in another request.";
                        return objects;
                    case JsonTokenType.StartObject:
                        var begin = start + (int)json.TokenStartIndex;
                        json.Skip();
                        objects.Add(begin..(start + (int)json.BytesConsumed));
                        break;
                    default:
                        fault = "The metadata are no array of data sets.";
                        return objects;
                }
            }
            if (objects.Count == 0) fault = "The metadata have no data set.";
        }
        catch (JsonException)
        {
            fault = "The metadata are not JSON throughout.";
        }
        return objects;
    }
}
