using System.Text;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Validation;

/// <summary>What is wrong with an object: few words for a person, and the elements.</summary>
internal sealed class FaultList
{
    /// <summary>Elements that are named: an answer has to stay short whatever an object is like.</summary>
    private const int MaxElements = 16;

    private readonly List<Tag> _elements = [];
    private string _first = "";
    private int _others;

    public bool IsEmpty => _first.Length == 0;

    /// <summary>Up to 16, each once.</summary>
    public IReadOnlyList<Tag> Elements => _elements;

    /// <param name="element">Where.</param>
    /// <param name="what">A few words that go on from the element: "has no value".</param>
    public void Add(Tag element, string what)
    {
        if (_elements.Contains(element)) return;
        if (IsEmpty) _first = $"{element} {what}";
        else _others++;
        if (_elements.Count < MaxElements) _elements.Add(element);
    }

    /// <summary>At most 64 characters, as an Error Comment takes them.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(_first);
        if (_others > 0) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"; {_others} more");
        return text.Append(": correct and resend").ToString();
    }
}
